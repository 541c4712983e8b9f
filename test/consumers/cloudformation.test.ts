import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { programOf } from '../support/run/consumers.js';

const TEMPLATE = fileURLToPath(new URL('../../.github/examples/lambda.yaml', import.meta.url));

it('cfn-lint has nothing against the template', ({ skip }) => {
  const program = programOf('cfn-lint') ?? skip('not installed: cfn-lint');
  const { status, stdout, stderr } = spawnSync(program, [TEMPLATE], { encoding: 'utf8' });
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
});
