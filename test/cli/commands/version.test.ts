import { expect, it } from 'vitest';
import { VERSION } from '../../../src/compose/version.js';
import { runMain } from '../../support/run/run-main.js';

it.each([
  [['version'], `${VERSION}\n`],
  [['--version'], `${VERSION}\n`],
  [['version', '--format', 'json'], `{"version":"${VERSION}"}\n`],
])('%j prints the version', async (args, stdout) => {
  expect(await runMain(args, 0, { env: {} })).toEqual({ status: 0, stdout, stderr: '' });
});
