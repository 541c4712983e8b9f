import { expect, it } from 'vitest';
import { definitionOf } from '../../src/core/findings/codes/codes.js';
import { FINDING_KINDS } from '../../src/core/findings/codes/define.js';
import { FINDING_CODES, type FindingCode } from '../../src/core/findings/finding.js';

/** The sections of the page, by the first word of the codes in them. */
const SECTIONS: readonly (readonly [heading: string, words: readonly string[]])[] = [
  ['Digests', ['digest']],
  ['Logs', ['log']],
  ['Chains: digests over time', ['chain']],
  ['Trails and organizations', ['trail', 'organization']],
  ['Folders, names and versions of objects', ['folder', 'object', 'objects', 'relocation']],
  ['Public keys', ['public']],
  ['Saved query results', ['query']],
  ['Who did it', ['attribution']],
  ['Checkpoints', ['checkpoint']],
  ['The run', ['nothing', 'run', 'selection', 'expected', 'source', 'setting', 'policy']],
];

const INTRODUCTION = `# Findings

Each finding has a code. A code never changes its meaning, and programs may rely on it. What a finding does to the
outcome of its chain and of the run:

- **failed**: tampering or loss is proven.
- **undetermined**: something could not be decided. It is never a pass.
- **warning**: something to read. It changes nothing.

Each code is of one kind, so that a question about many codes has one answer: a log that was damaged or changed in any way is
\`changed\`. Reports say the kind of each finding, as SARIF does among the tags of its rules.

${Object.entries(FINDING_KINDS)
  .map(([kind, meaning]) => `- **${kind}**: ${meaning}`)
  .join('\n')}

\`\`\`sh
trailproof verify ./archive --keys keys.json --report json=run.json
jq -r '.findings[] | select(.kind == "changed" and .subject.type == "log") | .subject.key' run.json
\`\`\`

A [policy](policy.md) changes what codes do, and accepts single findings. \`trailproof verify\` prints for each finding what it
means and what to do next.
`;

function rowOf(code: FindingCode): string {
  const { effect, kind, summary } = definitionOf(code);
  return `| \`${code}\` | ${effect} | ${kind} | ${summary} |`;
}

/** The page as the definitions of the findings have it. */
function findingsPage(): string {
  const tables = SECTIONS.map(([heading, words]) => {
    const rows = FINDING_CODES.filter((code) => words.includes(code.split('-')[0] ?? '')).map(rowOf);
    return [`## ${heading}`, '', '| code | outcome | kind | what it says |', '| --- | --- | --- | --- |', ...rows].join(
      '\n',
    );
  });
  return [INTRODUCTION, ...tables]
    .join('\n')
    .replaceAll('\n## ', '\n\n## ')
    .replaceAll(/\n{3,}/g, '\n\n')
    .concat('\n');
}

// After a change of a definition: npx vitest run --config test/vitest.config.ts test/help/findings-page.test.ts --update
it('the page of findings is what their definitions say', async () => {
  await expect(findingsPage()).toMatchFileSnapshot('../../src/help/findings.md');
});

it('the page of findings has each code once', () => {
  const codes = [...findingsPage().matchAll(/^\| `([a-z-0-9]+)` \|/gm)].map(([, code]) => code);
  expect(codes.toSorted()).toEqual(FINDING_CODES.toSorted());
});
