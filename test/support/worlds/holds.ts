import fc from 'fast-check';
import { it } from 'vitest';
import { randomCases } from '../run/random-cases.js';

const { TRAILPROOF_SEED = '20260301', TRAILPROOF_PATH } = process.env;
/** So many worlds in CI: a few seconds. */
const IN_CI = 40;
/** In milliseconds: longer than any world takes, on a busy machine. */
const LONGEST = 4_000;

/**
 * A test of a property over random worlds: a few in CI, and as many as `TRAILPROOF_WORLDS` says in a run by hand. A failure names
 * the seed, and the plainest world and acts that still break the property. With `TRAILPROOF_SEED` and
 * `TRAILPROOF_PATH` as it names them, that world alone is run again.
 * @param inCi how many worlds CI takes, where one takes longer than usual
 */
export const holds = <T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  property: (value: T) => Promise<void>,
  inCi = IN_CI,
): void => {
  const worlds = randomCases(inCi);
  it(name, { timeout: 60_000 + worlds * LONGEST }, async () => {
    const details = await fc.check(fc.asyncProperty(arbitrary, property), {
      numRuns: worlds,
      seed: Number(TRAILPROOF_SEED),
      ...(TRAILPROOF_PATH !== undefined && { path: TRAILPROOF_PATH }),
    });
    if (!details.failed) return;
    const { counterexample, counterexamplePath, errorInstance, numRuns, numShrinks, seed } = details;
    throw new Error(
      [
        `broken by world ${numRuns} (TRAILPROOF_SEED=${seed} TRAILPROOF_PATH=${counterexamplePath}), made plainer ${numShrinks} times:`,
        ...(counterexample ?? []).map((value) => JSON.stringify(value)),
        errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
      ].join('\n'),
    );
  });
};

/** What a property throws where it is broken: what happened, and the findings that should have been others. */
export const broken = (...lines: readonly string[]): Error => new Error(lines.join('\n'));
