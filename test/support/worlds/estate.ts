import type { CoverageInterval, CoverageState } from '../../../src/core/coverage/coverage.js';
import { type Finding, finding, outcomeOfFindings } from '../../../src/core/findings/finding.js';
import { emptyTally, outcomeOf, totalOf } from '../../../src/core/findings/outcome.js';
import type { ChainId } from '../../../src/core/objects/chain-id.js';
import { toDigestKey, toLogKey } from '../../../src/core/objects/cloudtrail-key.js';
import { type ReportHeader, RunAccount } from '../../../src/core/report/report.js';
import type { ChainReport, DigestEvent, LogEvent, VerifyEvent } from '../../../src/core/report/verify-events.js';
import { HOUR, type Instant, type Interval } from '../../../src/core/time/instant.js';
import type { Renderer } from '../../../src/render/renderer.js';
import { SeededRandom } from '../forge/seeded-random.js';

const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-2'];
const BUCKET = 'example-org-cloudtrail';
const LOG_SIZE = 68_000;
const HASH = 'c0ffee'.repeat(11).slice(0, 64);

/** How many times in ten thousand hours each begins. */
interface Trouble {
  readonly gap: number;
  readonly lost: number;
  readonly undetermined: number;
  /** Hours with a log that was changed. */
  readonly modified: number;
}

export interface Estate {
  readonly chains: number;
  readonly start: Instant;
  readonly hours: number;
  readonly trouble?: Trouble;
}

const estateHeader = ({ start, hours }: Estate): ReportHeader => ({
  tool: { name: 'trailproof', version: '1.2.3' },
  checkedAt: start + hours * HOUR + HOUR,
  request: { sources: [`s3://${BUCKET}`], from: start, to: start + hours * HOUR },
  keySource: 'list-public-keys',
});

/**
 * What a run over many accounts and regions tells, the same every time; a chain is made when it is asked for. Chains in
 * good order are told without their objects, of which there would be millions.
 */
function* estateEvents(estate: Estate): Generator<VerifyEvent> {
  const random = new SeededRandom(`${estate.chains} chains`);
  for (let index = 0; index < estate.chains; index += 1) {
    const chain: ChainId = {
      accountId: String(111122223333 + Math.floor(index / REGIONS.length) * 1010101),
      region: REGIONS[index % REGIONS.length] ?? '',
      trailName: 'organization-trail',
      homeRegion: 'us-east-1',
      kind: 'standard',
    };
    // Most chains of an estate are in good order; trouble comes in a few.
    const isTroubled = estate.trouble && (index % 9 === 4 || estate.chains === 1);
    if (isTroubled) yield* troubledEvents(chain, estate, episodes(estate.trouble, random));
    else yield goodChain(chain, estate);
  }
}

function goodChain(chain: ChainId, { start, hours }: Estate): VerifyEvent {
  const asked = { start, end: start + hours * HOUR };
  const tally = { ...emptyTally(), verified: hours };
  const coverage = [{ state: 'proven', ...asked }] as const;
  return toChainEvent({ chain, asked, digests: tally, logs: tally, coverage });
}

function* troubledEvents(chain: ChainId, { start, hours }: Estate, next: () => HourState): Generator<VerifyEvent> {
  const digests = emptyTally();
  const logs = emptyTally();
  const coverage: CoverageInterval[] = [];
  for (let hour = hours - 1; hour >= 0; hour -= 1) {
    const time = { start: start + hour * HOUR, end: start + (hour + 1) * HOUR };
    const state = next();
    const covered = state === 'modified' ? 'proven' : state;
    if (coverage[0]?.state === covered) coverage[0] = { ...coverage[0], start: time.start };
    else coverage.unshift({ state: covered, ...time });
    if (state === 'gap') continue;
    const digest = digestEvent(chain, time, covered);
    digests[digest.outcome] += 1;
    yield digest;
    if (!digest.trusted) continue;
    const log = logEvent(chain, time.start, state === 'modified');
    logs[log.outcome] += 1;
    yield log;
  }
  yield toChainEvent({ chain, asked: { start, end: start + hours * HOUR }, digests, logs, coverage });
}

function digestEvent(chain: ChainId, time: Interval, state: CoverageState): DigestEvent {
  const ref = { bucket: BUCKET, key: toDigestKey({ ...chain, prefix: '', endTime: time.end, backfill: false }) };
  const subject = { type: 'digest', ...ref } as const;
  const findings: Finding[] = [];
  if (state === 'lost') findings.push(finding('digest-missing', subject, {}));
  if (state === 'undetermined')
    findings.push(finding('digest-access-denied', subject, { errorCode: 'AccessDenied', message: 'Access Denied' }));
  return {
    type: 'digest',
    chain,
    ref,
    ...time,
    outcome: outcomeOfFindings(findings),
    trusted: state === 'proven',
    findings,
  };
}

function logEvent(chain: ChainId, time: Instant, isModified: boolean): LogEvent {
  const key = toLogKey({ ...chain, prefix: '', kind: 'CloudTrail', time, uniqueId: 'A1b2C3d4E5f6G7h8' });
  const ref = { bucket: BUCKET, key };
  const hashes = { expected: HASH, actual: HASH.replaceAll('c', 'd') };
  const findings = isModified ? [finding('log-modified', { type: 'log', ...ref }, hashes)] : [];
  return { type: 'log', chain, ref, size: LOG_SIZE, outcome: outcomeOfFindings(findings), findings };
}

function toChainEvent(of: Pick<ChainReport, 'chain' | 'asked' | 'digests' | 'logs' | 'coverage'>): VerifyEvent {
  const { digests, logs } = of;
  const outcome = outcomeOf({
    verified: digests.verified,
    failed: digests.failed + logs.failed,
    undetermined: digests.undetermined + logs.undetermined,
  });
  const logBytes = totalOf(logs) * LOG_SIZE;
  return { type: 'chain', report: { ...of, outcome, places: [{ bucket: BUCKET, prefix: '' }], logBytes } };
}

type HourState = CoverageState | 'modified';

/** Trouble seldom comes for an hour alone. */
function episodes(trouble: Trouble, random: SeededRandom): () => HourState {
  let state: HourState = 'proven';
  let left = 0;
  return () => {
    if (left > 0) left -= 1;
    else {
      state = begins(trouble, random.below(10_000));
      if (state === 'gap') left = random.below(100);
      else if (state === 'lost' || state === 'undetermined') left = random.below(6);
    }
    return state;
  };
}

function begins(trouble: Trouble, dice: number): HourState {
  let above = 0;
  for (const state of ['gap', 'lost', 'undetermined', 'modified'] as const) {
    above += trouble[state];
    if (dice < above) return state;
  }
  return 'proven';
}

/** A renderer's words on the whole of it. */
export function renderEstate(estate: Estate, open: (header: ReportHeader) => Renderer): string {
  const renderer = open(estateHeader(estate));
  const account = new RunAccount();
  let text = renderer.begin();
  for (const event of estateEvents(estate)) {
    account.add(event);
    text += renderer.event(event);
  }
  const keysUsed = [
    { region: 'us-east-1', fingerprint: '0f1e2d3c4b5a69788796a5b4c3d2e1f0' },
    { region: 'eu-west-1', fingerprint: '1f2e3d4c5b6a79888897a6b5c4d3e2f1' },
  ];
  return text + renderer.end(account.summarise(keysUsed));
}
