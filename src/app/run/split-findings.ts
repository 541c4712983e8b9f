import type { Finding } from '../../core/findings/finding.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';

/** Findings of one event: what is made of it is one text, in every format. */
export const FINDINGS_AT_ONCE = 1_000;

/** A run of which no event has more than {@link FINDINGS_AT_ONCE} findings. What is left of one follows it in others, in the same order. */
export async function* inPieces<Item>(
  run: AsyncGenerator<VerifyEvent, readonly Item[]>,
): AsyncGenerator<VerifyEvent, readonly Item[]> {
  try {
    let next = await run.next();
    for (; !next.done; next = await run.next()) yield* piecesOf(next.value);
    return next.value;
  } finally {
    // Whoever stops listening ends the run too.
    await run.return([]);
  }
}

function* piecesOf(event: VerifyEvent): Generator<VerifyEvent> {
  if (event.type === 'gap' || event.type === 'chain' || event.findings.length <= FINDINGS_AT_ONCE) {
    yield event;
    return;
  }
  const { findings } = event;
  const piece = (from: number): readonly Finding[] => findings.slice(from, from + FINDINGS_AT_ONCE);
  yield { ...event, findings: piece(0) };
  for (let from = FINDINGS_AT_ONCE; from < findings.length; from += FINDINGS_AT_ONCE)
    yield { type: 'findings', findings: piece(from) };
}
