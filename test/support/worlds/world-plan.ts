import fc from 'fast-check';

/** How a trail logged from one StartLogging to the next. */
export interface RunPlan {
  /** Whole hours after the starting digest, each with a digest of its own. */
  readonly hours: number;
  /** Minutes into the hour after those, when logging is stopped. */
  readonly stopMinute: number;
  /** Whether a verified log holds the StopLogging event. */
  readonly isStopRecorded: boolean;
  /** Whether the final digest ends with the hour, as those before it, and not shortly after the stop. */
  readonly isFinalWhole: boolean;
  /** Minutes from the stop to the next start. */
  readonly pause: number;
}

/** One trail and its life. Everything is small and shrinks to the plainest trail there is. */
export interface TrailPlan {
  readonly name: string;
  readonly isOrganization: boolean;
  /** The first of them owns the trail. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly isHomeElsewhere: boolean;
  readonly bucket: string;
  readonly prefix: string;
  /** Hours after the beginning of the world, and seconds after the full hour. */
  readonly beginHour: number;
  readonly anchor: number;
  /** All of them end with a stop; after the last one logging goes on if {@link isStillLogging}. */
  readonly runs: readonly RunPlan[];
  readonly isStillLogging: boolean;
  /** So many hours after the trail began its bucket, prefix or both are others. */
  readonly move?: { readonly after: number; readonly to: 'bucket' | 'prefix' | 'both' } | undefined;
  /** So many hours after the trail began another key signs. */
  readonly rotation?: number | undefined;
  /** How many logs each hour has, in turn. */
  readonly logsPerHour: readonly number[];
  /** Where in its hour each log is delivered, in turn: in thousandths. */
  readonly logTimes: readonly number[];
  /** How many minutes before its delivery a log was named, in turn: up to 4. */
  readonly nameLags: readonly number[];
  readonly hasInsights: boolean;
  /** Hours, counted in turn through those with a digest, whose late logs a backfill digest lists. */
  readonly backfills: readonly number[];
  /** Hours by which every account but the first joins later, and leaves earlier. */
  readonly joinsLater: number;
  readonly leavesEarlier: number;
}

/** What CloudTrail delivers to a few buckets within some days. */
export interface WorldPlan {
  readonly trails: readonly TrailPlan[];
  readonly hasQueryResults: boolean;
  /** Whether zero-byte objects stand for folders. */
  readonly hasMarkers: boolean;
  /** Minutes from the last stop or hour that the plan names to when the world is looked at, or copied. */
  readonly lookedAt: number;
}

export const ACCOUNTS = ['111122223333', '444455556666'] as const;
export const REGIONS = ['us-east-1', 'eu-west-1'] as const;
export const BUCKETS = ['acme-trails', 'acme-organization'] as const;
/** Names that begin alike, and one that ends as a digest's name goes on. */
const NAMES = ['main', 'main_us-east-1', 'main-2'] as const;
const PREFIXES = ['', 'audit', 'audit/trails/2026'] as const;

const anyPause = fc.oneof(
  fc.integer({ min: 5, max: 59 }),
  fc.integer({ min: 60, max: 300 }),
  fc.integer({ min: 1, max: 3 }).map((days) => days * 1440 + 17),
);

const anyRun = fc.record<RunPlan>({
  hours: fc.nat(4),
  stopMinute: fc.nat(59),
  isStopRecorded: fc.boolean(),
  isFinalWhole: fc.boolean(),
  pause: anyPause,
});

const anyMove = fc.option(
  fc.record({ after: fc.integer({ min: 1, max: 6 }), to: fc.constantFrom('bucket' as const, 'prefix', 'both') }),
  { nil: undefined, freq: 3 },
);

/** The first `n` of a list, shrinking to one. */
const firstOf = <T>(list: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc.integer({ min: 1, max: list.length }).map((count) => list.slice(0, count));

const anyTrail = fc
  .record<TrailPlan>({
    name: fc.constantFrom(...NAMES),
    isOrganization: fc.boolean(),
    accounts: firstOf(ACCOUNTS),
    regions: firstOf(REGIONS),
    isHomeElsewhere: fc.boolean(),
    bucket: fc.constantFrom(...BUCKETS),
    prefix: fc.constantFrom(...PREFIXES),
    beginHour: fc.nat(4),
    anchor: fc.integer({ min: 1, max: 3599 }),
    runs: fc.oneof({ weight: 2, arbitrary: fc.tuple(anyRun) }, fc.array(anyRun, { minLength: 2, maxLength: 3 })),
    isStillLogging: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
    move: anyMove,
    rotation: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 3 }),
    logsPerHour: fc.array(fc.nat(2), { minLength: 1, maxLength: 3 }),
    logTimes: fc.array(fc.oneof(fc.constantFrom(1, 500, 999), fc.integer({ min: 1, max: 999 })), {
      minLength: 1,
      maxLength: 3,
    }),
    nameLags: fc.array(fc.nat(4), { minLength: 1, maxLength: 2 }),
    hasInsights: fc.boolean(),
    backfills: fc.array(fc.nat(8), { maxLength: 2 }),
    joinsLater: fc.nat(3),
    leavesEarlier: fc.nat(3),
  })
  // Only an organization's trail logs several accounts.
  .map((trail) => (trail.isOrganization ? trail : { ...trail, accounts: trail.accounts.slice(-1) }));

/** Other trails log on through a pause, hour by hour: a long one is for a trail that is alone. */
const shortenPauses = (trails: readonly TrailPlan[]): readonly TrailPlan[] =>
  trails.length === 1
    ? trails
    : trails.map((trail) => ({
        ...trail,
        runs: trail.runs.map((run) => ({ ...run, pause: Math.min(run.pause, 300) })),
      }));

/** Any world at all: one to three trails. */
export const anyWorld: fc.Arbitrary<WorldPlan> = fc.record({
  trails: fc.uniqueArray(anyTrail, { minLength: 1, maxLength: 3, selector: ({ name }) => name }).map(shortenPauses),
  hasQueryResults: fc.boolean(),
  hasMarkers: fc.boolean(),
  lookedAt: fc.nat(180),
});
