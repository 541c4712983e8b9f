import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TrailproofError, verify } from '../src/index.js';
import { ServiceError } from '../src/ports/service-error.js';
import { temporaryFolders } from './support/run/temporary-folder.js';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
const temporaryFolder = temporaryFolders();

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('what verify() throws is a TrailproofError', () => {
  it('no source: usage', async () => {
    const error = await thrownBy(verify({}));
    expect(error).toBeInstanceOf(TrailproofError);
    expect(error).toMatchObject({ code: 'usage' });
  });

  it('a folder that is not there: source', async () => {
    const source = path.join(temporaryFolder(), 'nowhere');
    const error = await thrownBy(verify({ source, keys: [] }));
    expect(error).toBeInstanceOf(TrailproofError);
    expect(error).toMatchObject({ code: 'source' });
  });

  it('a key file that is not there: key-file', async () => {
    const folder = temporaryFolder();
    const error = await thrownBy(verify({ source: folder, keys: path.join(folder, 'keys.json') }));
    expect(error).toBeInstanceOf(TrailproofError);
    expect(error).toMatchObject({ code: 'key-file' });
  });

  it('AWS refuses a call: service', () => {
    const call = { service: 'CloudTrail in us-east-1', operation: 'DescribeTrails' };
    const error = new ServiceError(call, { errorCode: 'AccessDeniedException', message: 'no' }, 400);
    expect(error).toBeInstanceOf(TrailproofError);
    expect(error.code).toBe('service');
  });
});

it('no port and no part of the core throws an error without the base', () => {
  const files = ['core', 'ports'].flatMap((folder) =>
    readdirSync(path.join(SRC, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(SRC, folder, file)),
  );
  const classes = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^export class (\w+) extends Error\b/gm)].map(([, name = '']) => name),
  );
  expect(classes.sort()).toEqual(['CheckpointContentError', 'ReportTimeError']);
});
