import type { AnyCode, Argument, Arguments, Optional } from './arguments.js';

/** What a finding does to the outcome of the chain and the run where no policy says otherwise. A warning changes nothing. */
export type DefaultEffect = 'failed' | 'undetermined' | 'warning';

/** What a finding is an instance of, whatever object it is about: a short list to filter by. */
export const FINDING_KINDS = {
  changed: 'An object is not what CloudTrail delivered: it was damaged, changed or replaced.',
  missing: 'Something that should be there is not.',
  unreadable: 'Something could not be read or listed.',
  unproven: 'What was read cannot be proven.',
  unvouched: 'No digest vouches for an object.',
  gap: 'CloudTrail delivered no digests for some time.',
  history: 'Who did it, or which older version is intact.',
  run: 'What the run was told, or what it left out.',
} as const;

export type FindingKind = keyof typeof FINDING_KINDS;

/** All that is fixed about a finding code. Its wording stands in `render/wording/`, in a table over the codes. */
export interface FindingDefinition {
  readonly effect: DefaultEffect;
  readonly kind: FindingKind;
  /** What it says in general, in one sentence. */
  readonly summary: string;
  readonly args: Arguments;
  /**
   * The arguments that tell apart two findings of the code about one subject, in the order in which its identity has them. The
   * others change from run to run while the finding stays the same: where the time asked for ends, what a service answered.
   */
  readonly id: readonly string[];
}

/** The same of one code, with what its effect and its arguments are. */
export interface Defined<Effect extends DefaultEffect, Args extends Arguments> extends FindingDefinition {
  readonly effect: Effect;
  readonly args: Args;
  readonly id: readonly (keyof Args & string)[];
}

type None = Record<never, never>;

function definer<const Effect extends DefaultEffect>(effect: Effect) {
  function define(kind: FindingKind, summary: string): Defined<Effect, None>;
  function define<Args extends Arguments>(
    kind: FindingKind,
    summary: string,
    args: Args,
    id: readonly (keyof Args & string)[],
  ): Defined<Effect, Args>;
  function define(
    kind: FindingKind,
    summary: string,
    args: Arguments = {},
    id: readonly string[] = [],
  ): Defined<Effect, Arguments> {
    return { effect, kind, summary, args, id };
  }
  return define;
}

/** Only if tampering or loss is proven. */
export const failed = definer('failed');
/** If it keeps something from being decided. */
export const undetermined = definer('undetermined');
export const warning = definer('warning');

/** The entries of a table, each with the prefix and a hyphen before its name. */
export type Prefixed<Prefix extends string, Table> = {
  readonly [Name in keyof Table & string as `${Prefix}-${Name}`]: Table[Name];
};

/** Makes codes of an object and of what may be wrong with it: `log` and `archived` make `log-archived`. */
export const prefixed = <const Prefix extends string, Table extends object>(
  prefix: Prefix,
  table: Table,
): Prefixed<Prefix, Table> =>
  Object.fromEntries(Object.entries(table).map(([name, entry]) => [`${prefix}-${name}`, entry])) as Prefixed<
    Prefix,
    Table
  >;

type ValueOf<A, Code> = A extends Argument<infer Value, infer _> ? (Value extends AnyCode ? Code : Value) : never;
type ReportedValueOf<A, Code> =
  A extends Argument<infer _, infer Reported> ? (Reported extends AnyCode ? Code : Reported) : never;
type OptionalName<Args> = { [N in keyof Args]: Args[N] extends Optional<unknown, unknown> ? N : never }[keyof Args];
type RequiredName<Args> = Exclude<keyof Args, OptionalName<Args>>;

interface NoArguments {
  readonly [name: string]: never;
}

/** The arguments of a finding, as it is in the program. @template Code every code */
export type ValuesOf<Args, Code> = keyof Args extends never
  ? NoArguments
  : Simplify<
      { readonly [N in RequiredName<Args>]: ValueOf<Args[N], Code> } & {
        readonly [N in OptionalName<Args>]?: ValueOf<Args[N], Code>;
      }
    >;

/** The arguments of a finding, as they stand in a report. @template Code every code */
export type ReportedValuesOf<Args, Code> = keyof Args extends never
  ? NoArguments
  : Simplify<
      { readonly [N in RequiredName<Args>]: ReportedValueOf<Args[N], Code> } & {
        readonly [N in OptionalName<Args>]?: ReportedValueOf<Args[N], Code>;
      }
    >;

type Simplify<T> = { [N in keyof T]: T[N] };
