/** One sample of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"';
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|\\+?Inf|NaN))$`,
);
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);

/**
 * Reads Prometheus' text format (version 0.0.4) as strictly as it is written down: each metric once, HELP and TYPE before
 * its samples, no series twice, every line ended.
 * @throws at the first line that is not so
 */
export function readExposition(text: string): Sample[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line is not ended');
  const done = new Set<string>();
  const series = new Set<string>();
  const samples: Sample[] = [];
  let current = '';
  let said: string[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind, about = '', rest] = COMMENT.exec(line) ?? [];
    if (kind !== undefined) {
      if (about !== current) {
        if (done.has(about)) throw new Error(`${about} comes twice`);
        done.add(about);
        [current, said] = [about, []];
      }
      if (said.includes(kind)) throw new Error(`two ${kind} of ${about}`);
      if (kind === 'TYPE' && rest !== 'gauge') throw new Error(`${about} is a ${rest}`);
      said.push(kind);
      continue;
    }
    const sample = toSample(line);
    if (sample.name !== current || said.length !== 2) throw new Error(`out of place: ${line}`);
    const id = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (series.has(id)) throw new Error(`twice: ${line}`);
    series.add(id);
    samples.push(sample);
  }
  return samples;
}

function toSample(line: string): Sample {
  const [whole, name = '', pairs = '', value] = SAMPLE.exec(line) ?? [];
  if (whole === undefined) throw new Error(`no sample: ${line}`);
  const labels = [...pairs.matchAll(new RegExp(LABEL, 'g'))].map(([pair]) => {
    const [label = ''] = pair.split('=');
    const text = pair.slice(label.length + 2, -1);
    return [label, text.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character))];
  });
  if (new Set(labels.map(([label]) => label)).size !== labels.length) throw new Error(`a label twice: ${line}`);
  return { name, labels: Object.fromEntries(labels), value: Number(value) };
}
