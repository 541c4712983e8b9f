import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { programOf } from '../support/run/consumers.js';
import { LAUNCHER, launchEnvironment } from '../support/run/launch.js';
import { runProgram } from '../support/run/shell.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';

const temporaryFolder = temporaryFolders();

/** Completes the last of the words in each shell: loads the script as its first line says, and calls what it registered. */
const COMPLETE = {
  bash: (words: readonly string[]) => `
    source <(trailproof completion bash)
    COMP_WORDS=(trailproof ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
    $(complete -p trailproof | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // Its completion system shows candidates only on a terminal: here they are written down instead.
  zsh: (words: readonly string[]) => `
    autoload -Uz compinit && compinit -u -d "$PWD/dump"
    source <(trailproof completion zsh)
    _describe() { print -l -- \${\${(P)2}%%:*} }
    _files() { print files }
    words=(trailproof ${words.map((word) => `'${word}'`).join(' ')}) CURRENT=${words.length + 1}
    \${_comps[trailproof]}`,
  fish: (words: readonly string[]) => `
    trailproof completion fish | source
    complete -C 'trailproof ${words.join(' ')}' | string split -f1 \\t`,
} as const;

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  const program = programOf(shell);

  it.skipIf(program === undefined).each([
    [['ver'], ['verify', 'verify-query-results', 'version']],
    [
      ['keys', ''],
      ['fetch', 'show'],
    ],
    [
      ['verify', '--expect'],
      ['--expect-account', '--expect-region'],
    ],
    [['report', 'convert', '--format', 'js'], ['json']],
  ])(`completes %j (skipped where there is no ${shell})`, async (words, candidates) => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'trailproof'), `#!/bin/sh\nexec '${process.execPath}' '${LAUNCHER}' "$@"\n`);
    chmodSync(path.join(folder, 'trailproof'), 0o755);
    const env = launchEnvironment({ HOME: folder });
    const { stdout, stderr } = await runProgram(program ?? '', ['-c', COMPLETE[shell](words)], {
      cwd: folder,
      env: { ...env, PATH: `${folder}:${env.PATH}` },
    });
    expect({ stderr, proposed: stdout.trim().split('\n').sort() }).toEqual({
      stderr: '',
      proposed: [...candidates].sort(),
    });
  });
});
