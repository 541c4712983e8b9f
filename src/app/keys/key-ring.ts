import type { KeyLookup } from '../../core/chain/digest-verifier.js';
import { findListedKey, type ParsedKey, parseListedKey } from '../../core/chain/find-listed-key.js';
import { type Finding, finding } from '../../core/findings/finding.js';
import { fingerprintOf } from '../../core/keys/public-key.js';
import { DAY, HOUR, type Instant, type Interval } from '../../core/time/instant.js';
import type { KeyAnswer, KeySource, PublicKeyRecord } from '../../ports/key-source.js';

/** Asked for at once, so that a year of digests costs a dozen questions per region and not thousands. */
const WINDOW = 30 * DAY;
/** The AWS CLI looks this far beyond the end, for keys that take over at the very instant. */
const MARGIN = 2 * HOUR;

interface RingKey {
  readonly record: PublicKeyRecord;
  readonly lookup: ParsedKey;
}

/** The public keys of a run: asked for as they are needed, parsed and checked once. */
export class KeyRing {
  readonly #source: KeySource;
  readonly #now: Instant;
  readonly #answers = new Map<string, Promise<KeyAnswer>>();
  readonly #parsed = new Map<string, Promise<RingKey>>();
  readonly #byRecord = new WeakMap<PublicKeyRecord, Promise<RingKey>>();
  readonly #used = new Map<string, { readonly fingerprint: string; readonly region: string }>();

  constructor(source: KeySource, now: Instant) {
    this.#source = source;
    this.#now = now;
  }

  /**
   * Finds the key of a fingerprint among those of the region around that time, or in use at some time of the interval where
   * one is given; keys known to be another region's are not looked at.
   */
  async find(fingerprint: string, region: string, signedAt: Instant, during?: Interval): Promise<KeyLookup> {
    const answer = await this.#ask(region, during ?? this.#windowAround(signedAt));
    if (answer.status === 'unavailable') return answer;
    const lookup = await findListedKey(answer.keys, fingerprint, region, signedAt, async (key) => {
      const { lookup } = await this.#parse(key);
      return lookup;
    });
    if (lookup.status === 'found') this.#used.set(`${region}/${fingerprint}`, { fingerprint, region });
    return lookup;
  }

  /** The keys that signatures were checked with, in a stable order. */
  get used(): readonly { readonly fingerprint: string; readonly region: string }[] {
    return [...this.#used.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
  }

  /** What is wrong with any key that was handed out, needed or not, in a stable order. */
  async check(): Promise<readonly Finding[]> {
    const findings = new Map<string, Finding>();
    for (const answer of await Promise.all(this.#answers.values())) {
      for (const record of answer.status === 'found' ? answer.keys : []) {
        const item = keyFinding(await this.#parse(record));
        if (item) findings.set(`${record.fingerprint} ${item.code}`, item);
      }
    }
    return [...findings.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }

  #windowAround(signedAt: Instant): Interval {
    const start = Math.floor(signedAt / WINDOW) * WINDOW;
    return { start, end: Math.max(Math.min(start + WINDOW + MARGIN, this.#now), start + MARGIN) };
  }

  #ask(region: string, during: Interval): Promise<KeyAnswer> {
    const id = `${region} ${during.start} ${during.end}`;
    return remember(this.#answers, id, () => this.#source.keysFor(region, during));
  }

  #parse(record: PublicKeyRecord): Promise<RingKey> {
    const known = this.#byRecord.get(record) ?? this.#parseOnce(record);
    this.#byRecord.set(record, known);
    return known;
  }

  /** Answers for overlapping times hand out the same key again. */
  #parseOnce(record: PublicKeyRecord): Promise<RingKey> {
    const id = `${record.region ?? ''} ${record.fingerprint} ${fingerprintOf(record.der)} ${record.validity?.start}`;
    return remember(this.#parsed, id, async () => ({ record, lookup: await parseListedKey(record) }));
  }
}

function keyFinding({ record, lookup }: RingKey): Finding | undefined {
  if (lookup.status === 'found') return undefined;
  const subject = { type: 'public-key', fingerprint: record.fingerprint } as const;
  return lookup.reason === 'unreadable'
    ? finding('public-key-unreadable', subject, {})
    : finding('public-key-fingerprint-mismatch', subject, {
        expected: record.fingerprint,
        actual: fingerprintOf(record.der),
      });
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
