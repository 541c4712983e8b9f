/** Pieces in order, with a look at the first bytes before they are taken. */
export class PieceReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array[] = [];
  /** Bytes taken so far. */
  position = 0;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#source = pieces[Symbol.asyncIterator]();
  }

  /** The first bytes, at least so many unless there are fewer. Nothing is taken. */
  async peek(length: number): Promise<Uint8Array> {
    const head = await this.complete(new Uint8Array(), length);
    this.#held = head.length === 0 ? [] : [head];
    return head;
  }

  /** Drops bytes that were peeked at. */
  skip(length: number): void {
    const [head, ...rest] = this.#held;
    if (!head) return;
    this.#held = head.length > length ? [head.subarray(length), ...rest] : rest;
    this.position += length;
  }

  async next(): Promise<Uint8Array | undefined> {
    const held = this.#held.shift();
    const piece = held ?? (await this.#fetch());
    this.position += piece?.length ?? 0;
    return piece;
  }

  /** The bytes given, and more behind them until there are so many or no more come. */
  async complete(start: Uint8Array, length: number): Promise<Uint8Array> {
    const parts = [start];
    let total = start.length;
    while (total < length) {
      const piece = this.#held.shift() ?? (await this.#fetch());
      if (!piece) break;
      parts.push(piece);
      total += piece.length;
    }
    return parts.length === 1 ? start : joined(parts, total);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fetch(): Promise<Uint8Array | undefined> {
    const next = await this.#source.next();
    return next.done ? undefined : next.value;
  }
}

/** Parts one after the other. */
export function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
