import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/core/policy/parse-policy.js';
import { HOUR, MINUTE } from '../../../src/core/time/instant.js';
import { factLines, factsOf } from '../../../src/render/lines/finding-facts.js';
import { digestAt, forgeChain, logAt } from '../../support/forge/forge.js';
import { type ForgedCall, forgeCall } from '../../support/forge/forge-log.js';
import { ScheduledJob } from '../../support/run/run-incrementally.js';
import { type Run, type RunOptions, verifyWorld } from '../../support/run/verify-world.js';
import { deleteObject, modifyLog } from '../../support/tamper/tamper.js';
import { MAIN_TRAIL } from '../../support/worlds/example-trails.js';
import { emptyWorld } from '../../support/worlds/world.js';

const START = Date.parse('2026-03-01T00:29:23Z');
const at = (hour: number) => START + hour * HOUR;
const NOW = at(10) + 40 * MINUTE;
const STOP: ForgedCall = {
  source: 'cloudtrail',
  name: 'StopLogging',
  time: at(3.8),
  parameters: { name: MAIN_TRAIL.trailName },
};

/** A trail that logs for four hours, of which the last holds that call, and again from `restartedAt` on. */
function stopped(call: Partial<ForgedCall> = {}, { restartedAt = at(6), hour = 3, region = 'us-east-1' } = {}) {
  const world = emptyWorld();
  const events = (each: number) => (each === hour ? [forgeCall({ ...STOP, ...call })] : []);
  const options = { ...MAIN_TRAIL, region, logsPerHour: 1 };
  const before = forgeChain(world, { ...options, start: START, hours: 4, events });
  const after = forgeChain(world, { ...options, start: restartedAt - HOUR, hours: 5, seed: 'after' });
  return { world, before, after };
}

const codesOf = ({ findings }: Run) => findings.map(({ code }) => code);
const verify = ({ world }: Pick<ReturnType<typeof stopped>, 'world'>, options: RunOptions = {}) =>
  verifyWorld(world, { now: NOW, ...options });

describe('a gap', () => {
  it.each([
    ['StopLogging', {}],
    ['DeleteTrail', { name: 'DeleteTrail' }],
    [
      'UpdateTrail without validation',
      { name: 'UpdateTrail', parameters: { name: 'main', enableLogFileValidation: false } },
    ],
    ['StopLogging by ARN', { parameters: { name: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main' } }],
  ])('after %s in the last verified log is a warning: chain-stopped', async (_, call: Partial<ForgedCall>) => {
    const archive = stopped(call);
    const run = await verify(archive);
    expect(run.findings).toEqual([
      {
        code: 'chain-stopped',
        subject: { type: 'chain', chain: archive.before.id },
        args: {
          start: at(4),
          end: at(6),
          previous: digestAt(archive.before, 3).ref,
          next: digestAt(archive.after, 0).ref,
          eventId: `${call.name ?? 'StopLogging'}-${STOP.time}`,
          eventName: call.name ?? 'StopLogging',
          eventTime: STOP.time,
          log: logAt(archive.before, 3, 0).ref,
          identityType: 'IAMUser',
          identityArn: 'arn:aws:iam::111122223333:user/eve',
          principalId: 'AIDACKCEVSQ6C2EXAMPLE',
          sourceIpAddress: '203.0.113.7',
          userAgent: 'aws-cli/2.27.1',
        },
      },
    ]);
    expect(run.outcome).toBe('verified');
  });

  it.each([
    ['a call that was refused', { fields: { errorCode: 'AccessDenied' } }],
    ['PutEventSelectors, after which digests go on', { name: 'PutEventSelectors' }],
    ['UpdateTrail that leaves validation on', { name: 'UpdateTrail' }],
    ['a call on another trail', { parameters: { name: 'other' } }],
    ['a call in another region than the home region', { region: 'eu-west-1' }],
    ['a call on a trail of that name in another account', { accountId: '444455556666' }],
    ['a call long before its end', { time: at(1.5) }],
    ['a call after its end', { time: at(4.1) }],
  ])('is undetermined after %s: chain-gap', async (_, call: Partial<ForgedCall>) => {
    const run = await verify(stopped(call));
    expect(codesOf(run)).toEqual(['chain-gap']);
    expect(run.outcome).toBe('undetermined');
  });

  it('is undetermined where the digest that lists the log of the call was deleted: chain-gap', async () => {
    const archive = stopped();
    deleteObject(archive.world, digestAt(archive.before, 3).ref);
    deleteObject(archive.world, logAt(archive.before, 3, 0).ref);
    const run = await verify(archive);
    expect(run.findings).toMatchObject([{ code: 'chain-gap', args: { start: at(3), end: at(6) } }]);
    expect(run.outcome).toBe('undetermined');
  });

  it('is undetermined where the log of the call is not as its digest lists it: log-modified, chain-gap', async () => {
    const archive = stopped();
    modifyLog(archive.world, logAt(archive.before, 3, 0).ref);
    expect(codesOf(await verify(archive))).toEqual(['log-modified', 'chain-gap']);
  });

  it('is undetermined where that log is gone: log-missing, chain-gap', async () => {
    const archive = stopped();
    deleteObject(archive.world, logAt(archive.before, 3, 0).ref);
    expect(codesOf(await verify(archive))).toEqual(['log-missing', 'chain-gap']);
  });

  it.each([
    ['in the gap', { from: at(5) }],
    ['before the stop, to after the restart', { from: at(2), to: at(8) }],
    ['in the last hour before the stop', { from: at(3.5), to: NOW }],
  ])('is a warning in a time that begins %s: chain-stopped', async (_, range) => {
    const run = await verify(stopped(), range);
    expect(codesOf(run)).toEqual(['chain-stopped']);
    expect(run.outcome).toBe('verified');
  });

  it('that a restart within the hour leaves no hole for is a warning too: chain-stopped', async () => {
    const restartedAt = at(4) + 10 * MINUTE;
    const run = await verify(stopped({}, { restartedAt }));
    expect(run.findings).toMatchObject([{ code: 'chain-stopped', args: { start: at(4), end: restartedAt } }]);
  });

  it('is a warning for a run that goes on from a checkpoint: chain-stopped', async () => {
    const world = emptyWorld();
    const events = (hour: number) => (hour === 3 ? [forgeCall(STOP)] : []);
    const options = { ...MAIN_TRAIL, logsPerHour: 1 };
    forgeChain(world, { ...options, start: START, hours: 4, events });
    const job = new ScheduledJob(world, {});
    await job.run(at(4) + 40 * MINUTE);
    forgeChain(world, { ...options, start: at(5), hours: 5, seed: 'after' });
    const run = await job.run(NOW);
    expect(codesOf(run)).toEqual(['chain-stopped']);
    expect(run.outcome).toBe('verified');
  });

  it('fails where a policy says so', async () => {
    const parsed = parsePolicy({ rules: { 'chain-stopped': 'fail' } });
    if (!('policy' in parsed)) throw new Error('no policy');
    expect((await verify(stopped(), { policy: parsed.policy })).outcome).toBe('failed');
  });
});

describe('the exception that is printed', () => {
  const accepts = async (
    archive: Pick<ReturnType<typeof stopped>, 'world'>,
    code: 'chain-gap' | 'chain-ends-before-siblings',
  ) => {
    const [found] = (await verify(archive)).findings;
    if (found?.code !== code) throw new Error(`no ${code}`);
    const text = factLines(factsOf(found)).join('\n');
    const [, printed, account = '', region = '', trail = '', from = '', to = ''] =
      /- \{codes: \[([a-z-]+)\], account: "(\d+)", region: (\S+), trail: "(\S+)", from: (\S+), to: (\S+), reason: "REASON", until: DATE\}/.exec(
        text,
      ) ?? expect.fail(text);
    expect(printed).toBe(code);
    const exception = { codes: [code], account, region, trail, from, to, reason: 'known', until: '2026-12-31' };
    const parsed = parsePolicy({ exceptions: [exception] });
    if (!('policy' in parsed)) throw new Error('no policy');
    const run = await verify(archive, { policy: parsed.policy });
    expect(run.findings).toMatchObject([{ code, effect: 'accepted' }]);
    expect(run.outcome).toBe('verified');
  };

  it.each([
    ['for a gap', at(6)],
    ['for a restart that leaves no hole', at(4)],
  ])('accepts it %s', (_, restartedAt) => accepts(stopped({ name: 'StartLogging' }, { restartedAt }), 'chain-gap'));

  it('accepts it for a region that ends before the others', async () => {
    const world = emptyWorld();
    forgeChain(world, { ...MAIN_TRAIL, logsPerHour: 1, start: START, hours: 10 });
    forgeChain(world, { ...MAIN_TRAIL, logsPerHour: 1, start: START, hours: 4, region: 'eu-west-1' });
    expect((await verify({ world })).outcome).toBe('undetermined');
    await accepts({ world }, 'chain-ends-before-siblings');
  });
});
