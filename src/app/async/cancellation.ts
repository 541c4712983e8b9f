import { StoppedError } from '../../ports/object-store.js';

/** An `AbortSignal`, as far as a run looks at it. Only some programs have a type of that name: one for browsers or for Node. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** How a run is told to end before it is done. */
export interface StopSignals {
  /** Once it is aborted nothing more is begun; what is under way is finished and told. */
  readonly stop: StopSignal;
  /** Once it is aborted, nothing is waited for any more. */
  readonly abandon: StopSignal;
}

/** The stop of one run, and whether anything was left undone for it. */
export class Stop {
  readonly #signals: StopSignals | undefined;
  readonly #waiting = new Set<() => void>();
  #hasCut = false;
  #unvisited = 0;

  constructor(signals?: StopSignals) {
    this.#signals = signals;
  }

  /** Whether to begin nothing more. To be asked only by one who then leaves something undone. */
  cuts(): boolean {
    if (this.#signals?.stop.aborted) this.#hasCut = true;
    return this.#hasCut;
  }

  /** Counts something that is not even begun. */
  leaveOut(): void {
    this.#unvisited += 1;
  }

  get unvisited(): number {
    return this.#unvisited;
  }

  /** Whether anything was left undone. */
  get hasCut(): boolean {
    return this.#hasCut;
  }

  /** What the work comes to; undefined when the run ends before, or some of it was not begun. What becomes of the work then, nobody learns. */
  async untilAbandoned<T>(work: Promise<T>): Promise<T | undefined> {
    const abandon = this.#signals?.abandon;
    if (!abandon) return work;
    let giveUp = () => {};
    const abandoned = new Promise<undefined>((resolve) => {
      giveUp = () => {
        this.#hasCut = true;
        resolve(undefined);
      };
    });
    this.#wait(abandon, giveUp);
    try {
      work.catch(() => {});
      return await Promise.race([work, abandoned]);
    } catch (error) {
      if (!(error instanceof StoppedError)) throw error;
      this.#hasCut = true;
      return undefined;
    } finally {
      this.#waiting.delete(giveUp);
      if (this.#waiting.size === 0) abandon.removeEventListener('abort', this.#giveUpAll);
    }
  }

  /** Listens once for all who wait: there may be thousands. */
  #wait(abandon: StopSignal, giveUp: () => void): void {
    if (abandon.aborted) giveUp();
    else if (this.#waiting.add(giveUp).size === 1) abandon.addEventListener('abort', this.#giveUpAll);
  }

  readonly #giveUpAll = (): void => {
    for (const giveUp of this.#waiting) giveUp();
  };

  /** What a source gives, until the run is stopped. */
  async *until<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      while (!this.cuts()) {
        const next = await this.untilAbandoned(source.next());
        if (!next || next.done) return;
        yield next.value;
      }
    } finally {
      await this.untilAbandoned(source.return(undefined));
    }
  }
}

/**
 * What the work comes to.
 * @param grace milliseconds that it may take after the signal
 * @throws {StoppedError} where it takes longer: what becomes of the work then, nobody learns
 */
export function untilAborted<T>(signal: StopSignal | undefined, work: Promise<T>, grace = 0): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const giveUp = () => {
      timer = setTimeout(() => reject(new StoppedError()), grace);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    };
    work.then(resolve, reject).finally(settle);
  });
}

export const NEVER_STOPS = new Stop();
