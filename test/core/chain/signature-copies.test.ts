import { describe, expect, it } from 'vitest';
import { LINKS_REMEMBERED, UnprovenLinks } from '../../../src/core/chain/signature-copies.js';
import type { ObjectRef } from '../../../src/core/objects/object-ref.js';
import { linkTo } from '../../support/forge/hand-made.js';

const identify = ({ bucket, key }: ObjectRef): string => `${bucket}/${key}`;
const place = (key: string): ObjectRef => ({ bucket: 'b', key });
const remembered = () => new UnprovenLinks(identify);
const successorsOf = (links: UnprovenLinks, key: string): string[] =>
  links.to(place(key)).map(({ successor }) => successor.key);

describe('links of digests that are not verified', () => {
  it('are given as they were said, the last one first, and kept until they are taken', () => {
    const links = remembered();
    links.add(place('second'), linkTo(place('first')));
    links.add(place('planted'), linkTo(place('first')));
    links.add(place('starting'), undefined);
    const said = ['planted', 'second'].map((key) => ({
      link: linkTo(place('first')),
      successor: place(key),
      proven: false,
    }));
    expect(links.to(place('first'))).toEqual(said);
    expect(links.take(place('first'))).toEqual(said);
    expect(links.to(place('first'))).toEqual([]);
    expect(links.take(place('second'))).toEqual([]);
  });

  it('are told apart by the object that they lead to', () => {
    const links = new UnprovenLinks(({ key }) => key);
    links.add(place('second'), linkTo({ bucket: 'moved', key: 'first' }));
    expect(successorsOf(links, 'first')).toEqual(['second']);
  });

  it('are forgotten where there are too many, those first that lead where none has led for longest', () => {
    const links = remembered();
    links.add(place('2'), linkTo(place('1')));
    for (let index = 0; index < LINKS_REMEMBERED - 2; index += 1) links.add(place(`${index}`), linkTo(place('other')));
    links.add(place('3'), linkTo(place('1')));
    expect(successorsOf(links, '1')).toEqual(['3', '2']);
    for (let index = 0; index < LINKS_REMEMBERED - 2; index += 1) links.add(place(`${index}`), linkTo(place('more')));
    expect(links.to(place('other'))).toEqual([]);
    expect(successorsOf(links, '1')).toEqual(['3', '2']);
    links.add(place('4'), linkTo(place('more')));
    expect(successorsOf(links, '1')).toEqual(['3']);
  });

  it('that were taken make room', () => {
    const links = remembered();
    links.add(place('2'), linkTo(place('1')));
    for (let round = 0; round < 3; round += 1) {
      for (let index = 1; index < LINKS_REMEMBERED; index += 1) links.add(place('x'), linkTo(place('other')));
      links.take(place('other'));
    }
    expect(successorsOf(links, '1')).toEqual(['2']);
  });

  it.each([
    ['a signature', { signature: 'ab'.repeat(1_025) }],
    ['a key', { key: 'k'.repeat(1_025) }],
    ['a bucket', { bucket: 'b'.repeat(257) }],
  ])('are of no use with %s of any length', (_, change) => {
    const links = remembered();
    const link = { ...linkTo(place('1')), ...change };
    links.add(place('2'), link);
    expect(links.to(link)).toEqual([]);
  });
});
