import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readInput } from '../../../src/adapters/local/input-file.js';
import { temporaryFolders } from '../../support/run/temporary-folder.js';

const temporaryFolder = temporaryFolders();
const textOf = async (path: string, maxBytes = 1_000_000, patience?: number): Promise<string> =>
  Buffer.from((await readInput(path, maxBytes, patience)).bytes).toString();

function fifo(): string {
  const path = join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [path]);
  return path;
}

describe('a file that was named', () => {
  it('is read whole, also through a link, up to the limit', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a'), 'x'.repeat(300_000));
    symlinkSync('a', join(folder, 'b'));
    expect(await textOf(join(folder, 'b'), 300_000)).toBe('x'.repeat(300_000));
    await expect(textOf(join(folder, 'b'), 299_999)).rejects.toThrow('more than 299999 bytes');
  });

  it('that is a folder, or not there, is refused', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'sub'));
    await expect(textOf(join(folder, 'sub'))).rejects.toThrow('it is a folder');
    await expect(textOf(join(folder, 'none'))).rejects.toThrow('ENOENT');
  });
});

describe.runIf(process.platform !== 'win32')('a device or a pipe', () => {
  it('that never ends is read up to the limit', async () => {
    await expect(textOf('/dev/zero', 2 ** 20)).rejects.toThrow('more than 1048576 bytes');
    const path = fifo();
    const writer = spawn('sh', ['-c', `exec cat /dev/zero > ${path}`], { stdio: 'ignore' });
    await expect(textOf(path, 2 ** 20)).rejects.toThrow('more than 1048576 bytes');
    await new Promise((resolve) => writer.once('exit', resolve));
  });

  it('that is empty is read', async () => {
    expect(await textOf('/dev/null')).toBe('');
  });

  it('is waited for until somebody writes, and read to its end', async () => {
    const path = fifo();
    spawn('sh', ['-c', `sleep 0.2; (printf a; sleep 0.2; printf b) > ${path}`], { stdio: 'ignore' });
    expect(await textOf(path)).toBe('ab');
  });

  it.each([
    ['that nobody writes to', ''],
    ['whose writer says nothing more', 'printf a >&3; '],
  ])('%s is not waited for without end', async (_, begin) => {
    const path = fifo();
    const writer = begin === '' ? undefined : spawn('sh', ['-c', `exec 3> ${path}; ${begin}exec sleep 60`]);
    await expect(textOf(path, 1000, 300)).rejects.toThrow('nothing has come from it for 0.3 seconds');
    writer?.kill();
  });
});
