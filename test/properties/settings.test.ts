import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe } from 'vitest';
import type { Report } from '../../src/core/report/report.js';
import { runMain } from '../support/run/run-main.js';
import { temporaryFolders } from '../support/run/temporary-folder.js';
import { broken, holds } from '../support/worlds/holds.js';

const TAMPERED = fileURLToPath(new URL('../../testdata/tampered', import.meta.url));
const NOW = Date.parse('2026-11-20T12:00:00Z');

/** Each would make the run see less, think better of what it sees, or tell nobody. */
const SETTINGS = {
  to: '2026-03-01T01:00:00Z',
  from: '2026-03-01T11:00:00Z',
  accounts: ['999999999999'],
  regions: ['us-west-2'],
  trails: ['other'],
  policy: { rules: { 'log-modified': 'accept', 'log-missing': 'warn' } },
  keys: ['keys.json'],
  auditUnreferenced: false,
  checkpoint: '../memory.json',
  output: '../elsewhere.json',
  source: '../empty',
  endpointUrl: 'http://127.0.0.1:9',
  relocated: ['example-trail-logs=nowhere'],
} as const;

const anyPlanting = fc.record({
  folder: fc.constantFrom('', 'AWSLogs', 'AWSLogs/111122223333', 'notes'),
  name: fc.constantFrom('trailproof.yaml', 'trailproof.yml', 'trailproof.json', 'package.json', 'policy.yaml', '.env'),
  settings: fc.subarray(Object.keys(SETTINGS) as (keyof typeof SETTINGS)[], { minLength: 1 }),
  /** Where the examiner stands, and how the source is named from there. */
  stand: fc.constantFrom('in that folder', 'above', 'in it through a link'),
  isRelative: fc.boolean(),
});

/** Each runs the command twice. */
const IN_CI = 5;
/** Starting threads takes longer than the few files. */
const ALONE = ['--format', 'json', '--threads', '0'];

const newFolder = temporaryFolders();

describe('what lies in a source', () => {
  holds(
    'changes nothing of what is done, or is refused by name',
    anyPlanting,
    async (planting) => {
      const root = newFolder();
      const source = path.join(root, 'archive');
      cpSync(path.join(TAMPERED, 'log-modified/archive'), source, { recursive: true });
      cpSync(path.join(TAMPERED, 'keys.json'), path.join(root, 'keys.json'));
      const folder = path.join(source, planting.folder);
      mkdirSync(folder, { recursive: true });
      const link = path.join(root, 'link');
      symlinkSync(folder, link);
      const cwd = { 'in that folder': folder, above: root, 'in it through a link': link }[planting.stand];
      const named =
        planting.isRelative && planting.stand !== 'in it through a link' ? path.relative(cwd, source) || '.' : source;
      const verify = () =>
        runMain(['verify', named, '--keys', path.join(root, 'keys.json'), ...ALONE], NOW, { env: {}, cwd });

      const before = await verify();
      const chosen = Object.fromEntries(planting.settings.map((name) => [name, SETTINGS[name]]));
      writeFileSync(path.join(folder, planting.name), JSON.stringify(chosen));
      const after = await verify();
      rmSync(root, { recursive: true });

      if (after.status === 64 && after.stderr.includes(planting.name)) return;
      const [one, other] = [before, after].map(({ status, stdout }) => {
        const { request, outcome } = JSON.parse(stdout || '{}') as Partial<Report>;
        return JSON.stringify({ status, outcome, request });
      });
      if (one !== other) throw broken(`without ${one}`, `with ${other}`, after.stderr);
    },
    IN_CI,
  );
});
