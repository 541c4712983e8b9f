import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    // Test files share the modules of their process: half of the suite's processor time went into loading them again.
    isolate: false,
    // One core fewer, as by default, would be half of a machine with two.
    maxWorkers: '100%',
    coverage: { include: ['src/**/*.ts'], reporter: ['text', 'json-summary'], reportsDirectory: 'coverage' },
  },
});
