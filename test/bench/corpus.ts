import { DAY, HOUR } from '../../src/core/time/instant.js';
import { type ForgeOptions, forgeChain } from '../support/forge/forge.js';
import { SeededRandom } from '../support/forge/seeded-random.js';
import { emptyWorld, type World } from '../support/worlds/world.js';

/** How large the logs of a corpus are, uncompressed, in KB: log-normal about the median. */
export interface Sizes {
  readonly median: number;
  readonly mean: number;
}

/** As measured over many trails: most logs are small, and a few hold most of the bytes. */
export const MIXED: Sizes = { median: 25, mean: 67 };

const START = Date.parse('2026-01-01T00:01:31Z');
const LOGS_PER_HOUR = 20;
const KB_PER_RECORD = 0.8;
const LARGEST = 40;

const TRAIL = {
  bucket: 'bench-trail-logs',
  accountId: '111122223333',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
};

export interface Corpus {
  readonly world: World;
  readonly bucket: string;
  readonly logs: number;
  readonly digests: number;
  readonly from: number;
  readonly to: number;
}

/** Forges a chain with so many logs. The same every time. */
export function forgeCorpus(logs: number, sizes: Sizes): Corpus {
  const world = emptyWorld();
  const hours = Math.ceil(logs / LOGS_PER_HOUR);
  const draw = logNormal(sizes);
  const options: ForgeOptions = {
    ...TRAIL,
    region: 'us-east-1',
    start: START,
    hours,
    logsPerHour: LOGS_PER_HOUR,
    recordsPerLog: () => Math.max(1, Math.round(draw() / KB_PER_RECORD)),
  };
  const { digests } = forgeChain(world, options);
  const first = digests[0]?.interval.start ?? START;
  return {
    world,
    bucket: TRAIL.bucket,
    logs: hours * LOGS_PER_HOUR,
    digests: hours,
    from: first,
    to: first + hours * HOUR + DAY,
  };
}

/** Sizes in KB by the Box-Muller transform, cut off at forty times the mean. */
function logNormal({ median, mean }: Sizes): () => number {
  const random = new SeededRandom('sizes');
  const uniform = () => (random.below(2 ** 31) + 1) / (2 ** 31 + 1);
  const sigma = Math.sqrt(2 * Math.log(mean / median));
  return () => {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.min(mean * LARGEST, median * Math.exp(sigma * normal));
  };
}
