import { type Finding, type FindingArguments, type FindingCode, finding, type Subject } from './finding.js';

/** Faults of one document that are told one by one: whoever wrote more of them has planted it. */
export const FAULTS_TOLD = 32;

/** What is wrong with one document. The first {@link FAULTS_TOLD} faults are kept, the others only counted. */
export class FaultList {
  readonly #subject: Subject;
  readonly #told: Finding[] = [];
  readonly #codes = new Set<FindingCode>();
  #untold = 0;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  add<C extends FindingCode>(code: C, args: FindingArguments[C]): void {
    this.#codes.add(code);
    if (this.#told.length < FAULTS_TOLD) this.#told.push(finding(code, this.#subject, args));
    else this.#untold += 1;
  }

  /** Faults of which nothing is known but their number, of a code that was added before. */
  count(faults: number): void {
    this.#untold += faults;
  }

  get isEmpty(): boolean {
    return this.#told.length === 0;
  }

  /** Whether some are only counted, so that looking for more adds nothing. */
  get isFull(): boolean {
    return this.#untold > 0;
  }

  /** Whether there is a fault of that code, told or not. */
  has(code: FindingCode): boolean {
    return this.#codes.has(code);
  }

  /** @param limited the code that says how many faults are only counted */
  toFindings(limited: 'digest-faults-limited' | 'query-faults-limited'): readonly Finding[] {
    return this.#untold === 0
      ? this.#told
      : [...this.#told, finding(limited, this.#subject, { limit: FAULTS_TOLD, count: this.#untold })];
  }
}
