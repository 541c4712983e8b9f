import { beforeEach, describe, expect, it } from 'vitest';
import type { Expectation, FindKey } from '../../../src/core/chain/digest-verifier.js';
import { strictPolicy } from '../../../src/core/chain/strict-verifier.js';
import type { GzipFault, LogFacts } from '../../../src/core/content/object-content.js';
import type { Finding } from '../../../src/core/findings/finding.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import {
  digestAt,
  type ForgedChain,
  type ForgedDigest,
  type ForgeOptions,
  forgeChain,
  logAt,
} from '../../support/forge/forge.js';
import { KEY_B } from '../../support/forge/throwaway-keys.js';
import { expectationOf, factsAt, judgeDigest, keysOf } from '../../support/run/judge.js';
import {
  appendToObject,
  replaceObject,
  resignDigest,
  rewriteDigest,
  setMetadata,
  stripMetadata,
} from '../../support/tamper/tamper.js';
import { emptyWorld, type World } from '../../support/worlds/world.js';

const OPTIONS: ForgeOptions = {
  bucket: 'trail',
  accountId: '111122223333',
  region: 'eu-west-1',
  trailName: 'management-events',
  homeRegion: 'us-east-1',
  start: Date.UTC(2026, 2, 1, 0, 1, 31),
  hours: 3,
  logsPerHour: 2,
};

let world: World;
let chain: ForgedChain;
let first: ForgedDigest;
let middle: ForgedDigest;
let last: ForgedDigest;
beforeEach(() => {
  world = emptyWorld();
  chain = forgeChain(world, OPTIONS);
  [first, middle, last] = [digestAt(chain, 0), digestAt(chain, 1), digestAt(chain, 2)];
});

const judge = (ref: ObjectRef, expectation?: Expectation, findKey: FindKey = keysOf(world)) =>
  judgeDigest(strictPolicy(findKey), { ref, facts: factsAt(world, ref) }, expectation);

function said(findings: readonly Finding[], about: ObjectRef): unknown[] {
  for (const { subject } of findings) expect(subject).toEqual({ type: 'digest', ...about });
  return findings.map(({ code, args }) => [code, args]);
}

/** What the successor says, with another hash or signature where one is given. */
const word = (
  proven: boolean,
  changes: { readonly sha256?: string; readonly signature?: string } = {},
): Expectation => {
  const { link, ...rest } = expectationOf(middle, last.ref, proven);
  return { ...rest, link: { ...link, ...changes } };
};

const WRONG = { signature: 'ab'.repeat(256), sha256: 'cd'.repeat(32) };
const invalid = () => ['digest-signature-invalid', { fingerprint: middle.signedBy.fingerprint }];
const missing = ['digest-signature-missing', {}];
const conflict = ['digest-signature-conflict', {}];
const unverifiable = ['digest-logs-unverifiable', { count: 2 }];
const mismatch = (part: 'hash' | 'signature', expected: string, actual: string) => [
  'digest-link-mismatch',
  { successor: last.ref, part, expected, actual },
];
const proven = true;
const unproven = false;

describe('the signature', () => {
  type Own = 'right' | 'wrong' | 'absent';
  type Copy = 'right' | 'wrong' | 'none';
  /** Own signature, the successor's copy, whether the successor is verified; then what is found, and whether it is believed. */
  it.each<[Own, Copy, boolean, () => unknown[], boolean]>([
    ['right', 'none', unproven, () => [], true],
    ['right', 'right', proven, () => [], true],
    ['right', 'right', unproven, () => [], true],
    ['right', 'wrong', proven, () => [mismatch('signature', WRONG.signature, middle.signature)], true],
    ['right', 'wrong', unproven, () => [], true],
    ['wrong', 'none', unproven, () => [invalid(), unverifiable], false],
    ['wrong', 'right', proven, () => [conflict], true],
    ['wrong', 'right', unproven, () => [conflict], true],
    ['wrong', 'wrong', proven, () => [invalid(), unverifiable], false],
    ['wrong', 'wrong', unproven, () => [invalid(), unverifiable], false],
    ['absent', 'none', unproven, () => [missing, unverifiable], false],
    ['absent', 'right', proven, () => [], true],
    ['absent', 'right', unproven, () => [], true],
    ['absent', 'wrong', proven, () => [invalid(), unverifiable], false],
    ['absent', 'wrong', unproven, () => [missing, unverifiable], false],
  ])('own %s, copy %s, successor verified: %s', async (own, copy, isProven, findings, isBelieved) => {
    if (own === 'absent') stripMetadata(world, middle.ref);
    if (own === 'wrong') setMetadata(world, middle.ref, { signature: first.signature });
    const changes = copy === 'wrong' ? { signature: WRONG.signature } : {};
    const judgement = await judge(middle.ref, copy === 'none' ? undefined : word(isProven, changes));
    expect(said(judgement.findings, middle.ref)).toEqual(findings());
    expect(judgement.digest?.place).toEqual(isBelieved ? middle.ref : undefined);
    const link = { ...first.ref, sha256: first.sha256, signature: first.signature };
    expect(judgement.unprovenLink).toEqual(isBelieved ? undefined : link);
  });

  it('is the same in either case, own and copy', async () => {
    setMetadata(world, middle.ref, { signature: middle.signature.toUpperCase() });
    expect(await judge(middle.ref, word(proven))).toMatchObject({ findings: [], digest: { place: middle.ref } });
    const copy = word(proven, { signature: middle.signature.toUpperCase() });
    expect(await judge(middle.ref, copy)).toMatchObject({ findings: [], digest: { place: middle.ref } });
    stripMetadata(world, middle.ref);
    expect(await judge(middle.ref, copy)).toMatchObject({ findings: [], digest: { place: middle.ref } });
  });

  it('that is both wrong and what the successor holds is invalid once', async () => {
    setMetadata(world, middle.ref, { signature: WRONG.signature });
    const { findings } = await judge(middle.ref, word(proven, { signature: WRONG.signature }));
    expect(said(findings, middle.ref)).toEqual([invalid(), unverifiable]);
  });

  it.each(['', 'abc', 'zz', ' ', 'null'])('%j is malformed, and the successor may still vouch', async (signature) => {
    setMetadata(world, middle.ref, { signature });
    const malformed = ['digest-signature-malformed', { field: 'signature' }];
    const alone = await judge(middle.ref);
    expect(said(alone.findings, middle.ref)).toEqual([malformed, invalid(), unverifiable]);
    expect(alone.digest).toBeUndefined();
    const vouched = await judge(middle.ref, word(proven));
    expect(said(vouched.findings, middle.ref)).toEqual([malformed, conflict]);
    expect(vouched.digest).toBeDefined();
  });

  it('names its algorithm, and another one is said', async () => {
    setMetadata(world, middle.ref, { 'signature-algorithm': 'SHA512withRSA' });
    const { findings, digest } = await judge(middle.ref);
    const actual = 'SHA512withRSA';
    expect(said(findings, middle.ref)).toEqual([
      ['digest-algorithm-unknown', { field: 'signature-algorithm', actual }],
    ]);
    expect(digest).toBeDefined();
    setMetadata(world, middle.ref, { 'signature-algorithm': undefined });
    expect((await judge(middle.ref)).findings).toEqual([]);
  });

  it('of another key than the one it names does not hold', async () => {
    resignDigest(world, middle.ref, () => {}, KEY_B);
    expect(said((await judge(middle.ref)).findings, middle.ref)).toEqual([invalid(), unverifiable]);
  });

  it('does not hold over anything else, and a starting digest leaves no hint', async () => {
    rewriteDigest(world, first.ref, (document) => {
      document.newestEventTime = null;
    });
    const judgement = await judge(first.ref);
    expect(said(judgement.findings, first.ref)).toEqual([invalid(), unverifiable]);
    expect(judgement).toEqual({ ref: first.ref, findings: judgement.findings });
  });

  it('says nothing of logs when there are none', async () => {
    const { ref } = digestAt(forgeChain(world, { ...OPTIONS, region: 'eu-west-2', logsPerHour: 0, hours: 1 }), 0);
    stripMetadata(world, ref);
    expect(said((await judge(ref)).findings, ref)).toEqual([missing]);
  });

  it('cannot be wrong when no key is known, whoever holds which copy', async () => {
    setMetadata(world, middle.ref, { signature: WRONG.signature });
    const { findings } = await judge(middle.ref, word(proven), async () => ({ status: 'unknown' }));
    expect(findings.map(({ code }) => code)).toEqual(['digest-key-unknown', 'digest-logs-unverifiable']);
  });
});

describe('the link', () => {
  it('names a hash, and another one is said though the signature holds', async () => {
    const { findings, digest } = await judge(middle.ref, word(proven, { sha256: WRONG.sha256 }));
    expect(said(findings, middle.ref)).toEqual([mismatch('hash', WRONG.sha256, middle.sha256)]);
    expect(digest).toBeDefined();
  });

  it('may disagree in both parts', async () => {
    const { findings } = await judge(middle.ref, word(proven, WRONG));
    expect(said(findings, middle.ref)).toEqual([
      mismatch('hash', WRONG.sha256, middle.sha256),
      mismatch('signature', WRONG.signature, middle.signature),
    ]);
  });

  it('of a digest that is not verified is never held against anyone', async () => {
    expect(await judge(middle.ref, word(unproven, WRONG))).toMatchObject({
      findings: [],
      digest: { place: middle.ref },
    });
    replaceObject(world, middle.ref, new TextEncoder().encode('{}x'));
    const { findings } = await judge(middle.ref, word(unproven));
    expect(said(findings, middle.ref)).toEqual([['digest-not-json', {}]]);
  });

  it('finds a digest that was replaced by another validly signed one', async () => {
    resignDigest(world, middle.ref, (document) => document.logFiles.pop());
    const facts = factsAt(world, middle.ref);
    const [sha256, signature] = facts.status === 'read' ? [facts.sha256, facts.metadata.signature] : [];
    const { findings, digest } = await judge(middle.ref, word(proven));
    expect(said(findings, middle.ref)).toEqual([
      mismatch('hash', middle.sha256, sha256 ?? ''),
      mismatch('signature', middle.signature, signature ?? ''),
    ]);
    expect(digest?.logs).toHaveLength(1);
  });

  it('shows what was there when the document cannot be read', async () => {
    replaceObject(world, middle.ref, new TextEncoder().encode('[]'));
    const { findings } = await judge(middle.ref, word(proven));
    const actual = '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945';
    expect(said(findings, middle.ref)).toEqual([['digest-not-an-object', {}], mismatch('hash', middle.sha256, actual)]);
  });

  it('is judged together with everything else', async () => {
    rewriteDigest(world, middle.ref, (document) => {
      document.digestEndTime = '2026-03-01T02:01:32Z';
    });
    appendToObject(world, middle.ref, new Uint8Array(1));
    const { findings } = await judge(middle.ref, word(proven));
    expect(findings.map(({ code }) => code)).toEqual([
      'digest-gzip-trailing-data',
      'digest-name-mismatch',
      'digest-signature-invalid',
      'digest-link-mismatch',
      'digest-logs-unverifiable',
    ]);
  });
});

describe('a log', () => {
  const EXPECTED = 'ab'.repeat(32);
  const ACTUAL = 'cd'.repeat(32);
  const REFUSAL = { errorCode: 'AccessDenied', message: 'no' };
  const REFERENCE = { bucket: 'logs', key: 'a/log.json.gz', sha256: EXPECTED };
  const read = (changes: object): LogFacts => ({ status: 'read', form: 'gzip', storedSize: 9, size: 9, ...changes });
  const judgeLog = (facts: LogFacts) => strictPolicy(keysOf(world)).judgeLog(REFERENCE, facts);

  it.each(['gzip', 'plain'])('that matches is sound, as %s', (form) => {
    expect(judgeLog(read({ form, sha256: EXPECTED }))).toEqual([]);
  });

  const faults: GzipFault[] = [
    'header-invalid',
    'data-invalid',
    'truncated',
    'checksum-mismatch',
    'length-mismatch',
    'trailing-data',
  ];
  it.each<[LogFacts, [string, object]]>([
    [read({ sha256: ACTUAL }), ['log-modified', { expected: EXPECTED, actual: ACTUAL }]],
    [read({ form: 'plain', sha256: ACTUAL }), ['log-modified', { expected: EXPECTED, actual: ACTUAL }]],
    [read({}), ['log-modified', { expected: EXPECTED, actual: '' }]],
    ...faults.flatMap((fault): [LogFacts, [string, object]][] => [
      // Right bytes in a damaged stream are no excuse: the file is not the one that was delivered.
      [read({ fault, sha256: EXPECTED }), [`log-gzip-${fault}`, { expected: EXPECTED, actual: EXPECTED }]],
      [read({ fault, sha256: ACTUAL }), [`log-gzip-${fault}`, { expected: EXPECTED, actual: ACTUAL }]],
      [read({ fault }), [`log-gzip-${fault}`, { expected: EXPECTED }]],
    ]),
    [{ status: 'not-found' }, ['log-missing', { expected: EXPECTED }]],
    [{ status: 'denied', refusal: REFUSAL }, ['log-access-denied', REFUSAL]],
    [{ status: 'archived', storageClass: 'GLACIER', refusal: REFUSAL }, ['log-archived', { storageClass: 'GLACIER' }]],
    [{ status: 'too-large', measure: 'inflated', limit: 7 }, ['log-too-large', { measure: 'inflated', limit: 7 }]],
    [{ status: 'unavailable', refusal: REFUSAL }, ['log-unavailable', REFUSAL]],
  ])('is judged by what is known of it: %j', (facts, [code, args]) => {
    const subject = { type: 'log', bucket: 'logs', key: 'a/log.json.gz' };
    expect(judgeLog(facts)).toStrictEqual([{ code, subject, args }]);
  });

  it('of the forger is sound', () => {
    const { ref, sha256 } = logAt(chain, 1, 0);
    expect(strictPolicy(keysOf(world)).judgeLog({ ...ref, sha256 }, factsAt(world, ref))).toEqual([]);
  });
});
