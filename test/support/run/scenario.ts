import type { FindingCode } from '../../../src/core/findings/finding.js';
import { copyWorld, type World } from '../worlds/world.js';
import { type Run, type RunOptions, verifyWorld } from './verify-world.js';

/** A world, and what a test has to know of what was forged into it. */
interface Archive {
  readonly world: World;
}

/** What a run said of an archive, and the archive as it was verified. */
export type Verdict<A extends Archive> = Run &
  A & {
    /** Of every finding, in the order of the run. */
    readonly codes: readonly FindingCode[];
    /** Each code with the key of its object, or with the type of its subject where that is no object. */
    readonly said: readonly (readonly [code: FindingCode, about: string])[];
  };

/**
 * What the tests of a file share: an archive and how it is verified. The archive is forged once, when a test first asks for it;
 * each test tampers with a copy of its own.
 * @param shared holds for every run that does not say otherwise
 * @returns a function that does one act to a copy and verifies what is left
 */
export function scenario<A extends Archive>(forge: () => A, shared: RunOptions = {}) {
  let forged: A | undefined;
  return async (act: (archive: A) => void = () => {}, options: RunOptions = {}): Promise<Verdict<A>> => {
    forged ??= forge();
    const archive = { ...forged, world: copyWorld(forged.world) };
    act(archive);
    const run = await verifyWorld(archive.world, { ...shared, ...options });
    const said = run.findings.map(
      ({ code, subject }) => [code, 'key' in subject ? subject.key : subject.type] as const,
    );
    return { ...archive, ...run, codes: said.map(([code]) => code), said };
  };
}
