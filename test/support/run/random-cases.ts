/**
 * How many random cases a test takes: a few in CI, and as many as `TRAILPROOF_WORLDS` says in a search by hand.
 * @param inCi what is enough in CI, where every change has them
 */
export const randomCases = (inCi: number): number => Number(process.env.TRAILPROOF_WORLDS ?? inCi);
