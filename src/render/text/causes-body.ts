import { type Effect, effectOf } from '../../core/findings/finding.js';
import type { ChainEvent, VerifyEvent } from '../../core/report/verify-events.js';
import type { Paint } from '../lines/finding-lines.js';
import { escapeStrings } from '../strings/escape-strings.js';
import type { Body } from './body.js';
import { type CauseGroup, type CauseGroups, PLACES_TOLD } from './cause-groups.js';
import { copyWords } from './copy-words.js';
import { Explainer } from './explain-once.js';
import { FullBody } from './full-body.js';
import { type GroupForm, groupLines } from './group-lines.js';
import { Matrix } from './matrix.js';

/** Up to so many chains are told one by one. */
const FEW_CHAINS = 3;
/** Places of a warning, which changes nothing. */
const PLACES_OF_WARNING = 3;
const PLACES_WHEN_QUIET = 5;

/** Saved query results as they come; at the end chains, few of them one by one and many by account and region; then causes. */
export class CausesBody implements Body {
  readonly #paint: Paint;
  readonly #width: number;
  readonly #isCopy: boolean;
  readonly #full: FullBody;
  readonly #few: ChainEvent[] = [];
  readonly #matrix = new Matrix();

  /** @param isCopy whether all of it is read from folders, which keep no metadata of objects */
  constructor(paint: Paint, width: number, isCopy: boolean) {
    this.#paint = paint;
    this.#width = width;
    this.#isCopy = isCopy;
    this.#full = new FullBody(false, paint, width);
  }

  linesOf(event: VerifyEvent): string[] {
    if (event.type === 'query-results') return this.#full.linesOf(event);
    if (event.type === 'chain') {
      this.#matrix.add(escapeStrings(event.report));
      if (this.#few.length < FEW_CHAINS) this.#few.push(event);
    }
    return [];
  }

  atEnd(groups: CauseGroups): string[] {
    const isFew = this.#matrix.chains <= FEW_CHAINS;
    const chains = isFew
      ? this.#few.flatMap((event) => this.#full.linesOf(event))
      : ['', ...this.#matrix.toLines(this.#width)];
    return [...chains, ...causeLines(groups, EFFECTS, this.#paint, (group) => this.#formOf(group, groups))];
  }

  #formOf(group: CauseGroup, groups: CauseGroups): GroupForm {
    const words = this.#isCopy ? copyWords(group, groups.unsigned) : undefined;
    return {
      width: this.#width,
      places: group.effect === 'failed' || group.effect === 'undetermined' ? PLACES_TOLD : PLACES_OF_WARNING,
      isExplained: true,
      ...(words && { words }),
    };
  }
}

const EFFECTS = ['failed', 'undetermined', 'accepted', 'warning'] as const;

const causeLines = (
  groups: CauseGroups,
  effects: readonly Effect[],
  paint: Paint,
  formOf: (group: CauseGroup) => GroupForm,
): string[] =>
  effects.flatMap((effect) =>
    groups
      .of(effect)
      .filter((group) => !isOfResults(group))
      .flatMap((group) => ['', ...groupLines(group, paint, formOf(group))]),
  );

/** Saved query results are told as they come. */
const isOfResults = ({ code }: CauseGroup): boolean => code.startsWith('query-');

/** What failed or is undetermined, and nothing else: neither chains nor what it means. */
export class QuietBody implements Body {
  readonly #paint: Paint;
  readonly #width: number;
  readonly #explainer: Explainer;

  constructor(paint: Paint, width: number) {
    this.#paint = paint;
    this.#width = width;
    this.#explainer = new Explainer(paint, width);
  }

  linesOf(event: VerifyEvent): string[] {
    if (event.type !== 'query-results') return [];
    const counting = event.findings.filter((finding) => ['failed', 'undetermined'].includes(effectOf(finding)));
    return counting.flatMap((finding) => this.#explainer.linesOf(escapeStrings(finding)));
  }

  atEnd(groups: CauseGroups): string[] {
    const form = { width: this.#width, places: PLACES_WHEN_QUIET, isExplained: false };
    return causeLines(groups, ['failed', 'undetermined'], this.#paint, () => form).filter((line) => line !== '');
  }
}
