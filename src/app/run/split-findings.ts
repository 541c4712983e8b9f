import type { Finding } from '../../core/findings/finding.js';
import type { RunEvent } from '../../core/report/verify-events.js';

/** Findings of one event: what is made of it is one text, in every format. */
export const FINDINGS_AT_ONCE = 1_000;

/** A run of which no event has more than {@link FINDINGS_AT_ONCE} findings. What is left of one follows it in others, in the same order. */
export async function* inPieces(run: AsyncIterable<RunEvent>): AsyncGenerator<RunEvent> {
  for await (const event of run) yield* piecesOf(event);
}

function* piecesOf(event: RunEvent): Generator<RunEvent> {
  if (!('findings' in event) || event.findings.length <= FINDINGS_AT_ONCE) {
    yield event;
    return;
  }
  const { findings } = event;
  const piece = (from: number): readonly Finding[] => findings.slice(from, from + FINDINGS_AT_ONCE);
  yield { ...event, findings: piece(0) };
  for (let from = FINDINGS_AT_ONCE; from < findings.length; from += FINDINGS_AT_ONCE)
    yield { type: 'findings', findings: piece(from) };
}
