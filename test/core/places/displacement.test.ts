import { describe, expect, it } from 'vitest';
import { displacementOf, formatRelocation, parseRelocation } from '../../../src/core/places/displacement.js';

describe('a relocation as text', () => {
  it.each([
    ['trails=copy', 'trails', '', 'copy', ''],
    ['trails/p/q=copy/x', 'trails', 'p/q/', 'copy', 'x/'],
    ['trails/p//=copy//', 'trails', 'p//', 'copy', '/'],
    ['trails/year%3D2026=copy/year%3D2026', 'trails', 'year=2026/', 'copy', 'year=2026/'],
    ['trails/a%253Db=copy/100%', 'trails', 'a%3Db/', 'copy', '100%/'],
    ['trails/a%2525=copy/a b', 'trails', 'a%25/', 'copy', 'a b/'],
  ])('%s is written and read', (text, fromBucket, fromPrefix, toBucket, toPrefix) => {
    const relocation = { from: { bucket: fromBucket, prefix: fromPrefix }, to: { bucket: toBucket, prefix: toPrefix } };
    expect(formatRelocation(relocation)).toBe(text);
    expect(parseRelocation(text)).toEqual(relocation);
  });

  it('names a folder on disk by its path, and all of it by a dot', () => {
    const from = { bucket: 'trails', prefix: '' };
    const toOf = (prefix: string) => formatRelocation({ from, to: { bucket: '', prefix } });
    expect([toOf(''), toOf('case=17/copy/')]).toEqual(['trails=.', 'trails=case%3D17/copy']);
    expect(parseRelocation('trails=case%3D17/copy')?.to).toEqual({ bucket: 'case=17', prefix: 'copy/' });
  });

  it('may name buckets as S3 does', () => {
    expect(parseRelocation('s3://trails/p=S3://copy/')).toEqual({
      from: { bucket: 'trails', prefix: 'p/' },
      to: { bucket: 'copy', prefix: '' },
    });
  });

  it.each(['', 'trails', 'trails=', '=copy', 'a=b=c', '/p=copy'])('%j is none', (text) => {
    expect(parseRelocation(text)).toBeUndefined();
  });
});

describe('how an object was moved', () => {
  it.each([
    ['b/AWSLogs/1/x', 'copy/AWSLogs/1/x', 'b/', 'copy/'],
    ['b/AWSLogs/1/x', 'AWSLogs/1/x', 'b/', ''],
    ['b/AWSLogs/1/x', 'case/b/AWSLogs/1/x', '', 'case/'],
    ['b/AWSLogs/1/x', 'x', 'b/AWSLogs/1/', ''],
    ['b/AWSLogs/1/x', 'b/AWSLogs/1/x', '', ''],
  ])('from %s to %s is told without the steps that both end in', (delivered, lies, from, to) => {
    expect(displacementOf(delivered, lies)).toEqual({ from, to });
  });

  it('is not known where its name was changed', () => {
    expect(displacementOf('b/AWSLogs/1/x', 'b/AWSLogs/1/y')).toBeUndefined();
  });
});
