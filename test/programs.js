import { build } from 'rolldown';
import { program } from './support/repository/bundle.js';

// Bundles what measures and what makes test data: `npm run programs`.

await build([
  program('test/bench/main.ts', '.cache/bench/main.js'),
  program('test/bench/server.ts', '.cache/bench/server.js'),
  program('test/bench/growth.ts', '.cache/bench/growth.js'),
  program('test/bench/incremental.ts', '.cache/bench/incremental.js'),
  program('test/support/tamper/fuzz-inflater.ts', '.cache/fuzz/inflater.js'),
  program('test/bench/endurance.ts', '.cache/bench/endurance.js'),
  program('test/support/repository/make-testdata.ts', '.cache/testdata/make-testdata.js'),
]);
