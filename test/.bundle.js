import { build } from 'rolldown';

// Bundles what measures and what makes test data: `npm run programs`.

/** A program of the tests or the measurements, for Node; packages are loaded from where they are installed. */
const program = (input, file) => ({
  input,
  platform: 'node',
  external: /^[^./]/,
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  output: { file, codeSplitting: false },
});

await build([
  program('test/bench/main.ts', '.cache/bench/main.js'),
  program('test/bench/server.ts', '.cache/bench/server.js'),
  program('test/bench/growth.ts', '.cache/bench/growth.js'),
  program('test/bench/incremental.ts', '.cache/bench/incremental.js'),
  program('test/support/make-testdata.ts', '.cache/testdata/make-testdata.js'),
]);
