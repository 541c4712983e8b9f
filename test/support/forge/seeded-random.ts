import { createHash } from 'node:crypto';

const BASE62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * An endless stream of bytes that look random and depend on nothing but its label: SHA-256 of the label and a counter.
 * Streams of different labels have nothing to do with each other.
 */
export class SeededRandom {
  readonly #label: string;
  #block = Buffer.alloc(0);
  #blocks = 0;

  constructor(label: string) {
    this.#label = label;
  }

  /** A whole number from 0 up to, and not including, `below`. */
  below(below: number): number {
    return Number.parseInt(this.hex(4), 16) % below;
  }

  /** One of the choices. Throws when there are none. */
  pick<T>(choices: readonly T[]): T {
    const [choice] = choices.slice(this.below(choices.length));
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  }

  /** That many bytes, in hexadecimal. */
  hex(bytes: number): string {
    let text = '';
    while (text.length < 2 * bytes) {
      if (this.#block.length === 0) this.#refill();
      const taken = this.#block.subarray(0, bytes - text.length / 2);
      this.#block = this.#block.subarray(taken.length);
      text += taken.toString('hex');
    }
    return text;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const hex = this.hex(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** Letters and digits. */
  alphanumeric(length: number): string {
    let text = '';
    while (text.length < length) text += BASE62.charAt(this.below(BASE62.length));
    return text;
  }

  #refill(): void {
    this.#block = createHash('sha256').update(`${this.#label}#${this.#blocks}`).digest();
    this.#blocks += 1;
  }
}
