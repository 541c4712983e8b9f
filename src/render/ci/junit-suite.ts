import XMLBuilder from 'fast-xml-builder';
import type { Effect, Standing } from '../../core/findings/finding.js';
import type { Outcome } from '../../core/findings/outcome.js';
import { factLines } from '../lines/finding-facts.js';
import type { FindingRecord } from '../lines/finding-record.js';
import { countOf } from '../strings/numbers-and-times.js';

/** Logs that are named one by one in the case of their digest. */
const NAMED_LOGS = 10;
/** Beyond this many bytes a suite is of no use to a test tab, and only counts the logs that are not verified. */
const LARGE_SUITE = 4 * 1024 * 1024;

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  suppressBooleanAttributes: false,
  suppressEmptyNode: true,
  format: true,
});

/** What XML cannot hold at all; controls are visible code points by now. */
const NOT_XML = /[\ufffe\uffff]/g;

const toXmlText = (text: string): string => text.replace(NOT_XML, '\ufffd');

/** From the best to the worst. */
const STANDINGS: readonly Standing[] = ['verified', 'accepted', 'undetermined', 'failed'];

/** One test case: the worst of all that is added to it decides what it is. */
export class TestCase {
  readonly #name: string;
  readonly #lines: Record<Effect, string[]> = { failed: [], undetermined: [], accepted: [], warning: [] };
  readonly #notes: string[] = [];
  readonly #logs: Record<Outcome, number> = { verified: 0, failed: 0, undetermined: 0 };
  readonly #explained = new Set<string>();
  #standing: Standing = 'verified';

  constructor(name: string) {
    this.#name = name;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** What was found, and what it came to. */
  add(standing: Standing, records: readonly FindingRecord[]): void {
    this.#worsen(standing);
    for (const record of records) {
      const { effect } = record;
      if (effect === 'failed' || effect === 'undetermined') this.#worsen(effect);
      this.#tell(record);
    }
  }

  /** A log of the digest that the case is about. Only the first that are not verified are named. */
  addLog(outcome: Outcome, standing: Standing, records: readonly FindingRecord[]): void {
    this.#worsen(standing);
    this.#logs[outcome] += 1;
    if (this.#logs.failed + this.#logs.undetermined > NAMED_LOGS) return;
    for (const record of records) this.#tell(record);
  }

  /** Something to read that changes nothing. */
  note(text: string): void {
    this.#notes.push(text);
  }

  toText(className: string): string {
    const output = [
      ...this.#notes,
      ...this.#logCounts(),
      ...this.#lines.accepted.map((line) => `ACCEPTED ${line}`),
      ...this.#lines.warning.map((line) => `WARNING ${line}`),
    ];
    return builder.build({
      testcase: {
        '@classname': toXmlText(className),
        '@name': toXmlText(this.#name),
        '@time': '0',
        ...this.#verdict(),
        ...(output.length > 0 && { 'system-out': toXmlText(output.join('\n')) }),
      },
    });
  }

  /** Facts with each finding; what it means and what to do next only the first time. */
  #tell({ effect, finding, words, facts, subject, acceptance }: FindingRecord): void {
    const explanation = [words.meaning, `Next: ${words.next}`];
    const id = `${effect} ${finding.code} ${explanation.join(' ')}`;
    const [meaning, next] = this.#explained.has(id) ? [] : explanation;
    this.#explained.add(id);
    const said = [acceptance && `Accepted ${acceptance}`, meaning, ...factLines(facts), next];
    this.#lines[effect].push(
      [`${finding.code}: ${words.title} (${subject})`, ...said.filter((text) => text !== undefined)].join('\n  '),
    );
  }

  #verdict(): object {
    if (this.#standing === 'verified') return {};
    if (this.#standing === 'accepted') return { skipped: { '@message': 'not verified, and accepted by the policy' } };
    const lines = [...this.#lines.failed, ...this.#lines.undetermined];
    const [first = `${this.#standing}: the detail file of the run names what`] = lines;
    const body = {
      '@message': toXmlText(first.split('\n')[0] ?? ''),
      '@type': this.#standing,
      '#text': toXmlText([...lines, ...this.#logCounts()].join('\n')),
    };
    return this.#standing === 'failed' ? { failure: body } : { error: body };
  }

  #logCounts(): string[] {
    const counted = (['verified', 'failed', 'undetermined'] as const).filter((outcome) => this.#logs[outcome] > 0);
    return counted.map((outcome) => `${countOf(this.#logs[outcome], 'log')} ${outcome}`);
  }

  #worsen(standing: Standing): void {
    if (STANDINGS.indexOf(standing) > STANDINGS.indexOf(this.#standing)) this.#standing = standing;
  }
}

/** So many characters are made bytes at once: an array for each single case would take as much memory again. */
const CHUNK = 64 * 1024;

/** A suite of test cases, of which only the text is kept, as bytes: a tenth of what the strings it is made of would take. */
export class TestSuite {
  readonly #name: string;
  readonly #className: string;
  readonly #chunks: Uint8Array[] = [];
  #pending = '';
  readonly #counts: Record<Standing, number> = { verified: 0, accepted: 0, failed: 0, undetermined: 0 };
  #bytes = 0;

  constructor(name: string, className: string) {
    this.#name = name;
    this.#className = className;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Whether it has grown so much that logs are to be counted rather than named. */
  get isLarge(): boolean {
    return this.#bytes > LARGE_SUITE;
  }

  /** Whether a case in it came to that. */
  has(outcome: Outcome): boolean {
    return this.#counts[outcome] > 0;
  }

  /** A case to which nothing more is added. */
  add(testCase: TestCase): void {
    this.#counts[testCase.standing] += 1;
    this.#pending += testCase.toText(this.#className);
    if (this.#pending.length < CHUNK) return;
    const bytes = new TextEncoder().encode(this.#pending);
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    this.#pending = '';
  }

  get #count(): number {
    return STANDINGS.reduce((sum, standing) => sum + this.#counts[standing], 0);
  }

  toText(timestamp: string, properties: Readonly<Record<string, string>>): string {
    const head = builder.build({
      testsuite: {
        '@name': toXmlText(this.#name),
        '@tests': this.#count,
        '@failures': this.#counts.failed,
        '@errors': this.#counts.undetermined,
        '@skipped': this.#counts.accepted,
        '@time': '0',
        '@timestamp': timestamp.replace('Z', ''),
        properties: {
          property: Object.entries(properties).map(([name, value]) => ({ '@name': name, '@value': toXmlText(value) })),
        },
      },
    });
    const decoder = new TextDecoder();
    let text = head.replace(/<\/testsuite>\s*$/, '');
    for (const bytes of this.#chunks) text += decoder.decode(bytes);
    return `${text}${this.#pending}</testsuite>\n`;
  }
}
