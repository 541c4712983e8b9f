// Prints one line that counts the tests in result files of Vitest: `node .ci/count-tests.js FILE…`.
import { existsSync, readFileSync } from 'node:fs';

const count = { passed: 0, failed: 0, skipped: 0 };
for (const path of process.argv.slice(2).filter((path) => existsSync(path))) {
  const results = JSON.parse(readFileSync(path, 'utf8'));
  // A test file that cannot be loaded has no failed test: count it as one, so that it never looks like none.
  const broken = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  count.passed += results.numPassedTests;
  count.failed += results.numFailedTests + broken.length;
  count.skipped += results.numPendingTests + results.numTodoTests;
}
process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
