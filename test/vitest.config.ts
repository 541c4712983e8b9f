import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    // Longer than any test takes on a machine that is busy with other runs.
    testTimeout: 240_000,
    // Test files share the modules of their process: half of the suite's processor time went into loading them again.
    isolate: false,
    // One core fewer, as by default, would be half of a machine with two.
    maxWorkers: '100%',
    coverage: { include: ['src/**/*.ts'], reporter: ['text', 'json-summary'], reportsDirectory: 'coverage' },
  },
});
