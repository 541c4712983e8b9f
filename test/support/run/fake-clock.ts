import type { Terminal } from '../../../src/cli/process/terminal.js';

/** A clock that moves only when it is told to, with its timers, and chance that always gives the same. */
export class FakeClock {
  #elapsed = 0;
  readonly #watchers: (() => void)[] = [];
  readonly #timers = new Set<{ readonly due: number; readonly callback: () => void }>();

  /** For a terminal. */
  readonly timers: Pick<Terminal, 'elapsed' | 'after' | 'random'> = {
    random: () => 0.5,
    elapsed: () => this.#elapsed,
    after: (milliseconds, callback) => {
      const timer = { due: this.#elapsed + milliseconds, callback };
      this.#timers.add(timer);
      for (const wake of this.#watchers.splice(0)) wake();
      return () => {
        this.#timers.delete(timer);
      };
    },
  };

  /** Until a timer is waiting that runs so long or longer. */
  async untilWaiting(milliseconds = 0): Promise<void> {
    while (![...this.#timers].some(({ due }) => due - this.#elapsed >= milliseconds))
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

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
