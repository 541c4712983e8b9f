import type { Finding } from '../../core/findings/finding.js';
import { factLines, furtherFacts } from '../lines/finding-facts.js';
import { acceptanceOf, findingLine, type Paint } from '../lines/finding-lines.js';
import { wrap } from '../strings/numbers-and-times.js';
import { toWords } from '../wording/wording.js';

/** Says what is found: its own facts with each finding, what it means and what to do next only where that is not said yet. */
export class Explainer {
  readonly #explained = new Set<string>();
  readonly #paint: Paint;
  readonly #width: number;

  constructor(paint: Paint, width: number) {
    this.#paint = paint;
    this.#width = width;
  }

  /** The lines of a finding whose strings are escaped. */
  linesOf(finding: Finding, indent = '', within?: 'chain'): string[] {
    const line = `${indent}${findingLine(finding, this.#paint, within)}`;
    const deeper = `${indent}    `;
    const width = this.#width - deeper.length;
    const acceptance = acceptanceOf(finding);
    const { meaning, next } = toWords(finding);
    const isNew = this.#isNew(`${finding.code} ${meaning} ${next}`);
    const said = [
      // Each for reasons of its own.
      ...(acceptance === undefined ? [] : wrap(`Accepted ${acceptance}`, width)),
      ...(isNew ? wrap(meaning, width) : []),
      ...factLines(furtherFacts(finding)),
      ...(isNew ? wrap(`Next: ${next}`, width) : []),
    ];
    return [line, ...said.map((text) => `${deeper}${text}`)];
  }

  #isNew(explanation: string): boolean {
    const isNew = !this.#explained.has(explanation);
    this.#explained.add(explanation);
    return isNew;
  }
}
