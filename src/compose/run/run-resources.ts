import type { Opened } from '../source/open-source.js';

/** What a run has opened, to be closed when it is over. */
export class RunResources {
  readonly #opened: Opened[] = [];

  add<T extends Opened>(resource: T): T {
    this.#opened.push(resource);
    return resource;
  }

  async close(): Promise<void> {
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
