import type { Terminal } from '../../src/cli/terminal.js';

/** A clock that moves only when it is told to, with its timers. */
export class FakeClock {
  #elapsed = 0;
  readonly #timers = new Set<{ readonly due: number; readonly callback: () => void }>();

  /** For a terminal. */
  readonly timers: Pick<Terminal, 'elapsed' | 'after'> = {
    elapsed: () => this.#elapsed,
    after: (milliseconds, callback) => {
      const timer = { due: this.#elapsed + milliseconds, callback };
      this.#timers.add(timer);
      return () => {
        this.#timers.delete(timer);
      };
    },
  };

  /** Timers that have neither run out nor been cancelled. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Moves on, and calls back whatever becomes due on the way, also what is set by that. */
  advance(milliseconds: number): void {
    const end = this.#elapsed + milliseconds;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#elapsed = next.due;
      this.#timers.delete(next);
      next.callback();
    }
    this.#elapsed = end;
  }

  #next(end: number) {
    return [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
  }
}
