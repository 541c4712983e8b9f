import { type Effect, effectOf, type Finding, type FindingCode, kindOf } from '../../core/findings/finding.js';
import { timeOf, whereaboutsOf } from '../../core/findings/finding-scope.js';
import type { ChainId } from '../../core/objects/chain-id.js';
import { CauseFinder, type CauseLink } from '../../core/report/causes.js';
import type { VerifyEvent } from '../../core/report/verify-events.js';
import type { Instant } from '../../core/time/instant.js';
import { escapeStrings } from '../strings/escape-strings.js';
import { toWords } from '../wording/wording.js';
import { UnsignedEnds } from './unsigned-ends.js';

/** Places of a group that are told. */
export const PLACES_TOLD = 20;

/** One finding of a group, escaped, and where it is. */
export interface Placed {
  readonly finding: Finding;
  readonly accountId?: string;
  readonly region?: string;
  readonly time?: Instant;
}

/** Causes that are told together: the same effect, code and meaning. */
export interface CauseGroup {
  readonly effect: Effect;
  readonly code: FindingCode;
  /** Causes among them: of findings that have one reason, one. */
  causes: number;
  /** Findings that are causes or have the same reason as one. */
  count: number;
  /** The oldest of them, oldest first. */
  readonly oldest: Placed[];
  /** Accounts and regions that they are in. */
  readonly folders: Set<string>;
  /** How often each code follows from them; of what is counted, the sum. */
  readonly consequences: Map<FindingCode, number>;
  /** The time that is lost by them, in milliseconds. */
  lost: number;
}

/** Folders of a group that are told apart: more are not counted. */
const FOLDERS_COUNTED = 10_000;

/** Groups the findings of a run by cause. What is kept does not grow with the findings of a group. */
export class CauseGroups {
  readonly #finder = new CauseFinder();
  readonly #groups = new Map<string, CauseGroup>();
  /** The group of each cause that others may follow. */
  readonly #ofCauses = new WeakMap<object, CauseGroup>();

  /** What lacks nothing but a signature at the end of chains. */
  readonly unsigned = new UnsignedEnds();

  add(event: VerifyEvent): void {
    if (event.type === 'chain') this.unsigned.close(event.report);
    if (event.type === 'gap' || event.type === 'chain') return;
    for (const found of event.findings) this.unsigned.see(found);
    const chain = 'chain' in event ? event.chain : undefined;
    const links = this.#finder.link(event.findings, chain);
    for (const [index, found] of event.findings.entries()) {
      const link = links[index];
      if (!link) continue;
      const group = this.#ofCauses.get(link.cause);
      // What is known of how something came about is worth reading for itself.
      if (link.part === 'consequence' && group && !isHistory(found.code)) addConsequence(group, found);
      else this.#place(found, link, chain);
    }
  }

  /** Those that count most first, each kind in the order of the run. */
  of(effect: Effect): readonly CauseGroup[] {
    return [...this.#groups.values()].filter((group) => group.effect === effect);
  }

  #place(found: Finding, { cause, part }: CauseLink, within?: ChainId): void {
    const finding = escapeStrings(found);
    const { meaning, next } = toWords(finding);
    const key = [effectOf(finding), finding.code, meaning, next, finding.accepted?.reason].join('\n');
    const group = this.#groups.get(key) ?? emptyGroup(finding);
    this.#groups.set(key, group);
    if (!this.#ofCauses.has(cause)) this.#ofCauses.set(cause, group);
    const { accountId, region } = within ?? whereaboutsOf(found);
    const time = timeOf(found)?.start;
    group.count += 1;
    if (part === 'first') group.causes += 1;
    if (group.folders.size < FOLDERS_COUNTED) group.folders.add(`${accountId ?? ''} ${region ?? ''}`);
    insert(group.oldest, {
      finding,
      ...(accountId !== undefined && { accountId }),
      ...(region !== undefined && { region }),
      ...(time !== undefined && { time }),
    });
  }
}

const isHistory = (code: FindingCode): boolean => kindOf(code) === 'history' || code === 'chain-stopped';

const emptyGroup = (finding: Finding): CauseGroup => ({
  effect: effectOf(finding),
  code: finding.code,
  causes: 0,
  count: 0,
  oldest: [],
  folders: new Set(),
  consequences: new Map(),
  lost: 0,
});

function addConsequence(group: CauseGroup, { code, args }: Finding): void {
  const { count, start, end }: Readonly<Record<string, unknown>> = { ...args };
  group.consequences.set(code, (group.consequences.get(code) ?? 0) + (typeof count === 'number' ? count : 1));
  if (code === 'chain-interval-lost' && typeof start === 'number' && typeof end === 'number') group.lost += end - start;
}

/** Puts one in by its time, behind those of the same; keeps as many as are told. */
function insert(oldest: Placed[], placed: Placed): void {
  const time = placed.time ?? Number.POSITIVE_INFINITY;
  const last = oldest.at(-1);
  if (oldest.length >= PLACES_TOLD && last && (last.time ?? Number.POSITIVE_INFINITY) <= time) return;
  const at = oldest.findIndex((known) => (known.time ?? Number.POSITIVE_INFINITY) > time);
  oldest.splice(at < 0 ? oldest.length : at, 0, placed);
  if (oldest.length > PLACES_TOLD) oldest.pop();
}
