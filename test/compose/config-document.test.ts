import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkDocument,
  formatField,
  parseConfigDocument,
  plainDocument,
  readConfigDocument,
} from '../../src/compose/config-document.js';
import { UsageError } from '../../src/compose/errors/usage-error.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

const SCHEMA = {
  type: 'object',
  properties: {
    account: { type: 'string' },
    one: { enum: Array.from({ length: 30 }, (_, index) => `value-${index}`) },
    day: { description: 'a day like 2026-12-31', type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' },
    effects: {
      type: 'object',
      propertyNames: { description: 'no such code', enum: ['a', 'b'] },
      additionalProperties: { enum: ['fail', 'warn'] },
    },
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' } },
        required: ['name'],
        allOf: [{ description: 'name where it begins or ends', anyOf: [{ required: ['from'] }, { required: ['to'] }] }],
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};

const parse = (text: string) => parseConfigDocument('some.yaml', text);
const faultOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UsageError);
  return error instanceof Error ? error.message : '';
};
const faultsIn = async (text: string) => (await faultOf(checkDocument(await parse(text), SCHEMA))).split('\n');

describe('a document of settings', () => {
  it('is YAML or JSON', async () => {
    expect((await parse('account: "1"\nitems:\n  - {name: x, from: y}\n')).value).toEqual({
      account: '1',
      items: [{ name: 'x', from: 'y' }],
    });
    expect((await parse('{"account": "1",\n"items": [null, true, 1.5]}')).value).toEqual({
      account: '1',
      items: [null, true, 1.5],
    });
  });

  it('takes twelve digits for a text, zeros and all, and other digits for numbers', async () => {
    expect((await parse('[012345678901, 111122223333, "000000000000", 12]')).value).toEqual([
      '012345678901',
      '111122223333',
      '000000000000',
      12,
    ]);
  });

  it('takes times and words such as no for texts', async () => {
    expect((await parse('[2026-12-31, 2026-03-01T05:00Z, no, on]')).value).toEqual([
      '2026-12-31',
      '2026-03-01T05:00Z',
      'no',
      'on',
    ]);
  });

  it.each([
    ['a field that stands twice', 'a: 1\nb: 2\na: 3\n', 3],
    ['a second document', 'a: 1\n---\nb: 1\n', 2],
    ['an unknown tag', 'a: 1\nb: !thing 1\n', 2],
    ['what is no YAML', 'a:\n  - b\n c: [\n', 3],
  ])('refuses %s, naming the line', async (_, text, line) => {
    expect(await faultOf(parse(text))).toMatch(new RegExp(`^some\\.yaml, line ${line}: `));
  });

  it('refuses what grows when it is read', async () => {
    const bomb = ['a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]'];
    for (const [before, name] of ['ab', 'bc', 'cd', 'de', 'ef'].map((pair) => [...pair]))
      bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`);
    expect(await faultOf(parse(bomb.join('\n')))).toContain('some.yaml');
  });

  it('neither hangs nor crashes on anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'ab:-[]{}&*!|>"\'\n #?,1%@`') }), async (text) => {
        const document = await parse(text).catch((error: unknown) => error);
        if (document instanceof Error) expect(document).toBeInstanceOf(UsageError);
      }),
    );
    for (const text of ['['.repeat(50_000), `${'['.repeat(20_000)}${']'.repeat(20_000)}`])
      expect(await faultOf(parse(text))).toContain('some.yaml');
  });
});

describe('a file of settings', () => {
  const newFolder = temporaryFolders();

  it('is read', async () => {
    const folder = newFolder();
    await writeFile(`${folder}/a.yaml`, 'a: [1]\n');
    expect((await readConfigDocument(`${folder}/a.yaml`)).value).toEqual({ a: [1] });
  });

  it('must be there, must be text, and must not be large', async () => {
    const folder = newFolder();
    expect(await faultOf(readConfigDocument(`${folder}/none.yaml`))).toContain('none.yaml');
    expect(await faultOf(readConfigDocument(folder))).toContain(folder);
    await writeFile(`${folder}/bytes.yaml`, new Uint8Array([0x61, 0xff]));
    expect(await faultOf(readConfigDocument(`${folder}/bytes.yaml`))).toContain('bytes.yaml');
    await writeFile(`${folder}/large.yaml`, `#${'x'.repeat(1024 * 1024)}`);
    expect(await faultOf(readConfigDocument(`${folder}/large.yaml`))).toContain('1048576');
  });
});

describe('in whatever encoding it was saved', () => {
  const newFolder = temporaryFolders();
  const TEXT = 'account: "111122223333" # für\n';
  const swapped = Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16();
  it.each([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16 as Windows PowerShell writes it', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
    ['UTF-16, most significant byte first', swapped],
    ['UTF-16 without a byte order mark', Buffer.from(TEXT, 'utf16le')],
  ])('is read: %s', async (_, bytes) => {
    const folder = newFolder();
    await writeFile(`${folder}/saved.yaml`, bytes);
    expect((await readConfigDocument(`${folder}/saved.yaml`)).value).toEqual({ account: '111122223333' });
  });

  it('is refused where it is no text', async () => {
    const folder = newFolder();
    await writeFile(`${folder}/odd.yaml`, swapped.subarray(0, 9));
    expect(await faultOf(readConfigDocument(`${folder}/odd.yaml`))).toContain('no text in UTF-8 or UTF-16');
  });
});

describe('an alias within what it names', () => {
  it.each([
    ['in a list', 'account: x\nitems: &all\n  - *all\n', 3],
    ['in a field', 'account: &x\n  inner: *x\n', 2],
    ['further in', 'account: &x\n  inner:\n    - a\n    - b: [*x]\n', 4],
    ['as the whole', '&x\n- *x\n', 2],
  ])('is refused by its line: %s', async (_, text, line) => {
    expect(await faultOf(parse(text))).toMatch(new RegExp(`^some.yaml, line ${line}: the alias \\*(?:all|x) stands`));
  });

  it('is not any other: not one to a sibling, nor one whose name was given anew', async () => {
    const { value } = await parse('a: &x [1]\nb: &x [2, [3]]\nc: [*x, *x]\n');
    expect(value).toEqual({
      a: [1],
      b: [2, [3]],
      c: [
        [2, [3]],
        [2, [3]],
      ],
    });
  });

  it('has no like in plain data: what holds itself is refused there, too', async () => {
    const circle: unknown[] = [];
    circle.push(circle);
    const document = plainDocument('options', { account: circle });
    expect(await faultOf(checkDocument(document, SCHEMA))).toContain('options: account: ');
  });
});

describe('checked against a schema', () => {
  it('gives what it holds', async () => {
    const text = 'account: 111122223333\nday: 2026-12-31\neffects: {a: warn}\nitems: [{name: x, to: y}]\n';
    expect(await checkDocument(await parse(text), SCHEMA)).toEqual({
      account: '111122223333',
      day: '2026-12-31',
      effects: { a: 'warn' },
      items: [{ name: 'x', to: 'y' }],
    });
  });

  it.each([
    ['a field of another type', '\naccount: 7\n', 2, 'account', 'write it in quotes'],
    ['an unknown field', 'account: x\nitems:\n  - name: x\n    to: y\n    form: z\n', 5, 'items[0].form', 'from'],
    ['an unknown name', 'effects:\n  a: fail\n  c: fail\n', 3, 'effects.c', 'no such code'],
    ['a missing field', 'items:\n  - to: y\n', 2, 'items[0]', 'name is missing'],
    ['a missing choice', 'items:\n  - name: x\n    to: y\n  - name: x\n', 4, 'items[1]', 'where it begins or ends'],
    ['a value that is not offered', 'effects:\n  a: fail\n  b: worn\n', 3, 'effects.b', 'fail, warn'],
    ['a value of too many to list', 'one: c\n', 1, 'one', 'none of the 30 that there are'],
    ['a text of another form', 'day: 2026-1-1\n', 1, 'day', 'a day like 2026-12-31'],
    ['a field behind an alias', 'items:\n  - &x\n    name: 7\n    to: y\n  - *x\n', 3, 'items[0].name', 'string'],
    ['a name that is not plain', '"a\\nb": 1\n', 1, '"a\\nb"', 'account'],
    ['__proto__', 'account: x\n__proto__: {day: 2026-12-31}\n', 2, '__proto__', 'no such field'],
  ])('refuses %s, naming line and field', async (_, text, line, field, said) => {
    const [first = ''] = await faultsIn(text);
    expect(first.startsWith(`some.yaml, line ${line}: ${field}: `)).toBe(true);
    expect(first).toContain(said);
  });

  it('tells one fault to a line, and not without end', async () => {
    expect(await faultsIn('account: 1\nday: 2\n')).toHaveLength(2);
    expect(await faultsIn('items:\n  - name: x\n')).toHaveLength(1);
    const many = await faultsIn(`items:\n${'  - 1\n'.repeat(50)}`);
    expect(many).toHaveLength(11);
    expect(many.at(-1)).toContain('40');
  });

  it('refuses the whole where that is nothing', async () => {
    expect(await faultsIn('')).toEqual([expect.stringContaining('some.yaml, line 1: nothing stands in it')]);
  });

  it('finds schemas that it refers to', async () => {
    const outer = { type: 'object', properties: { inner: { $ref: 'inner.json' } } };
    const inner = { $id: 'inner.json', type: 'object', properties: { a: { type: 'string' } } };
    const document = await parse('inner:\n  a: 1\n');
    expect(await faultOf(checkDocument(document, outer, [inner]))).toContain('some.yaml, line 2: inner.a: ');
  });

  it('names what comes from a program without lines', async () => {
    const document = plainDocument('policy', { items: [{ name: 1, to: 'x' }] });
    expect(await faultOf(checkDocument(document, SCHEMA))).toMatch(/^policy: items\[0\]\.name: /);
  });

  it('shows no more of a value than is of use', async () => {
    const [first = ''] = await faultsIn(`day: ${'x'.repeat(5_000)}\n`);
    expect(first.length).toBeLessThan(200);
  });
});

it('formatField names a field as one would in code', () => {
  expect(formatField([])).toBe('');
  expect(formatField(['a', 2, 'b-c', 'd e'])).toBe('a[2].b-c."d e"');
});
