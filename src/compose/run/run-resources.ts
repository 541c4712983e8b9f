import type { Opened } from '../source/open-source.js';

/** What a run has opened, to be closed when it is over. */
export class RunResources {
  readonly #opened: Opened[] = [];
  #isClosed = false;

  /** What comes when it is over is closed at once. */
  add<T extends Opened>(resource: T): T {
    this.#opened.push(resource);
    if (this.#isClosed) void resource.close().catch(() => {});
    return resource;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#opened.map((resource) => resource.close()));
  }
}

/** Makes something when it is first wanted, and never again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
