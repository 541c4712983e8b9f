import { type Finding, finding } from '../../core/findings/finding.js';
import {
  isBeginning,
  type LeftoverKind,
  MAX_SYSTEM_FILE_BYTES,
  parseLeftoverName,
} from '../../core/objects/leftovers.js';
import type { ObjectRef } from '../../core/objects/object-ref.js';
import type { Inflated, Inflater } from '../../ports/inflater.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { turnstile } from '../async/limit-concurrency.js';
import { COPIES_COMPARED_AT_ONCE, LIMITS, SYSTEM_FILES_READ_AT_ONCE } from '../limits.js';

/** Tells what is left over from copying from what lies in an archive, for all folders of a run. */
export class Leftovers {
  readonly #store: ObjectStore;
  readonly #inflater: Inflater;
  readonly #systemFiles = turnstile(SYSTEM_FILES_READ_AT_ONCE);
  readonly #copies = turnstile(COPIES_COMPARED_AT_ONCE);

  constructor(store: ObjectStore, inflater: Inflater) {
    this.#store = store;
    this.#inflater = inflater;
  }

  /**
   * Which of the objects are left over, each by its name and its content: undefined for any other, and for one that cannot be
   * read. A copy counts only beside the file that it is a copy of, whose own verdict says what both are worth.
   */
  kindsOf(refs: readonly ObjectRef[]): Promise<readonly (LeftoverKind | undefined)[]> {
    return Promise.all(refs.map((ref) => this.#kindOf(ref)));
  }

  async #kindOf(ref: ObjectRef): Promise<LeftoverKind | undefined> {
    const name = parseLeftoverName(ref.key);
    if (!name) return undefined;
    if (name.kind === 'copy') return this.#copies(() => this.#compare(ref, { bucket: ref.bucket, key: name.original }));
    const object = await this.#systemFiles(() => this.#store.get(ref, MAX_SYSTEM_FILE_BYTES));
    return object.status === 'found' && name.holds(object.body) ? name.kind : undefined;
  }

  async #compare(ref: ObjectRef, originalRef: ObjectRef): Promise<LeftoverKind | undefined> {
    const copy = await this.#read(ref);
    const original = copy && (await this.#read(originalRef));
    if (!original) return undefined;
    const isWhole = copy.content.fault === undefined && original.content.fault === undefined;
    if (isWhole && copy.content.sha256 === original.content.sha256) return 'duplicate';
    return isBeginning(copy.stored, original.stored) || isBeginningInflated(copy.content, original.content)
      ? 'partial-download'
      : undefined;
  }

  /** A file that is read whole; undefined for one that cannot be, or is too large for that. */
  async #read(ref: ObjectRef): Promise<ReadFile | undefined> {
    const object = await this.#store.get(ref, LIMITS.wholeLog.stored);
    if (object.status !== 'found') return undefined;
    const content = this.#inflater.open(object.body, LIMITS.wholeLog.inflated);
    return content.status === 'read' ? { stored: object.body, content } : undefined;
  }
}

type Content = Extract<Inflated, { status: 'read' }>;

interface ReadFile {
  readonly stored: Uint8Array;
  readonly content: Content;
}

/** Whether one of two, of which the other was inflated on its way, begins like the other and holds nothing else. */
const isBeginningInflated = (copy: Content, original: Content): boolean =>
  copy.form !== original.form &&
  (copy.fault === undefined || copy.fault === 'truncated') &&
  isBeginning(copy.bytes, original.bytes);

/** Counts the leftovers of a folder, which are told as one. */
export class LeftoverCount {
  readonly #kinds = new Set<LeftoverKind>();
  #count = 0;
  #example: ObjectRef | undefined;

  add(kind: LeftoverKind, ref: ObjectRef): void {
    this.#kinds.add(kind);
    this.#count += 1;
    this.#example ??= ref;
  }

  findings(bucket: string, key: string): readonly Finding[] {
    if (!this.#example) return [];
    const args = { kinds: [...this.#kinds].sort(), count: this.#count, example: this.#example };
    return [finding('folder-leftovers', { type: 'folder', bucket, key }, args)];
  }
}
