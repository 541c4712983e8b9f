import type { RunRequest } from '../core/report/request.js';
import { MAIN_FORMATS } from './report-formats.js';

/** A text, a list of texts, a whole number, yes and no, or a policy. */
export type Kind = 'text' | 'list' | 'number' | 'boolean' | 'policy';

/** Where the help of `verify` shows a flag. */
export const GROUPS = {
  scope: 'What is verified:',
  access: 'Keys and access:',
  expected: 'What must be there:',
  search: 'What is looked for, and what it counts:',
  incremental: 'Incremental runs:',
  reports: 'Reports:',
  speed: 'Speed:',
} as const;

/** How the texts of a setting are read, and what its schema says of them: a definition of `config.schema.json`. */
export type Form =
  | 'text'
  | 'time'
  | 'length'
  | 'account'
  | 'region'
  | 'trailArn'
  | 'relocation'
  | 'recheck'
  | 'roleArn'
  | 'url'
  | 'mainFormat'
  | 'report';

export interface Setting {
  readonly kind: Kind;
  /** Its flag without the dashes; `source` is given by its place. The variable is named after it. */
  readonly flag: string;
  /** What the flag does, for the help; of a list, what one of its values does. */
  readonly help: string;
  /** What the schema of the configuration file says of it, where a value in the file is written in another way. */
  readonly inFile?: string;
  /** Where the help of `verify` shows it; absent where it is no flag of `verify`. */
  readonly group?: keyof typeof GROUPS;
  /** How a text of it is read; `text` when absent. */
  readonly form?: Form;
  /** Whether the run is asked it: then it is a field of {@link RunRequest}. */
  readonly asks?: true;
  /** Whether no is the same as nothing. */
  readonly isOff?: true;
  /** The least that a number may be; 1 when absent. */
  readonly least?: number;
  /** The values that there are. */
  readonly choices?: readonly string[];
  /** Whether each of several sources may have its own. */
  readonly ofSource?: true;
  /** Whether it names files or folders; in a configuration file they are relative to the file. */
  readonly isPath?: true;
}

/**
 * All that can be said of a verification, by the names that the configuration file has for it: the one list that flags,
 * variables, help, schema and request are made from. A question to the run is also a field of {@link RunRequest}.
 */
export const SETTINGS = {
  source: {
    kind: 'text',
    flag: 'source',
    ofSource: true,
    isPath: true,
    help: 'a folder with a copy of a bucket or with saved query results, or s3://BUCKET[/PREFIX]',
  },
  trailArn: {
    kind: 'text',
    form: 'trailArn',
    flag: 'trail-arn',
    asks: true,
    ofSource: true,
    group: 'scope',
    help: 'only this trail; without a source, what AWS says of it: where it delivers, and what it delivered last',
  },
  from: {
    kind: 'text',
    form: 'time',
    flag: 'from',
    asks: true,
    group: 'scope',
    help: 'where to begin; default: the oldest digest found',
  },
  to: {
    kind: 'text',
    form: 'time',
    flag: 'to',
    asks: true,
    group: 'scope',
    help: 'where to end; default: the newest digest found',
  },
  accounts: {
    kind: 'list',
    form: 'account',
    flag: 'account',
    asks: true,
    ofSource: true,
    group: 'scope',
    help: 'only this account',
  },
  regions: {
    kind: 'list',
    form: 'region',
    flag: 'region',
    asks: true,
    ofSource: true,
    group: 'scope',
    help: 'only events of this region',
  },
  trails: {
    kind: 'list',
    flag: 'trail',
    asks: true,
    ofSource: true,
    group: 'scope',
    help: 'only the trail of this name',
  },
  relocated: {
    kind: 'list',
    form: 'relocation',
    flag: 'relocated',
    asks: true,
    ofSource: true,
    group: 'scope',
    help: 'FROM=TO: what was delivered to this bucket or BUCKET/PREFIX lies at another',
  },
  keys: {
    kind: 'list',
    flag: 'keys',
    ofSource: true,
    isPath: true,
    group: 'access',
    help: 'saved answers of list-public-keys, files or folders; default: ask AWS',
  },
  profile: { kind: 'text', flag: 'profile', ofSource: true, group: 'access', help: 'AWS profile' },
  roleArn: {
    kind: 'text',
    form: 'roleArn',
    flag: 'role-arn',
    ofSource: true,
    group: 'access',
    help: 'act as this IAM role',
  },
  externalId: {
    kind: 'text',
    flag: 'external-id',
    ofSource: true,
    group: 'access',
    help: 'what the trust policy of the role asks for',
  },
  endpointUrl: {
    kind: 'text',
    form: 'url',
    flag: 'endpoint-url',
    ofSource: true,
    group: 'access',
    help: 'send AWS requests to this URL',
  },
  requestPayer: {
    kind: 'boolean',
    flag: 'request-payer',
    isOff: true,
    ofSource: true,
    group: 'access',
    help: 'pay for the requests to a bucket whose owner does not (Requester Pays)',
  },
  maxAge: {
    kind: 'text',
    form: 'length',
    flag: 'max-age',
    asks: true,
    ofSource: true,
    group: 'expected',
    help: 'fail when the newest digest of a chain ended longer ago than this; write it like 3h',
  },
  expectAccounts: {
    kind: 'list',
    form: 'account',
    flag: 'expect-account',
    asks: true,
    ofSource: true,
    group: 'expected',
    help: 'fail without digests of this account',
  },
  expectRegions: {
    kind: 'list',
    form: 'region',
    flag: 'expect-region',
    asks: true,
    ofSource: true,
    group: 'expected',
    help: 'fail without digests of this region, in each expected account, or in each found where none is',
  },
  auditUnreferenced: {
    kind: 'boolean',
    flag: 'audit-unreferenced',
    asks: true,
    ofSource: true,
    group: 'search',
    help: 'also report objects that no digest lists; default: yes for a folder, no for s3://',
  },
  useVersions: {
    kind: 'boolean',
    flag: 'use-versions',
    asks: true,
    isOff: true,
    ofSource: true,
    group: 'search',
    help: 'look for older versions of what is missing or changed, and go on with them',
  },
  attribute: {
    kind: 'boolean',
    flag: 'attribute',
    asks: true,
    isOff: true,
    ofSource: true,
    group: 'search',
    help: 'search the logs that verified for who did it: they are read a second time',
  },
  policy: {
    kind: 'policy',
    flag: 'policy',
    isPath: true,
    group: 'search',
    help: 'what findings do to the outcome and which are accepted, a file in YAML or JSON',
    inFile: 'what findings do to the outcome and which are accepted: the policy itself, or its file',
  },
  checkpoint: {
    kind: 'text',
    flag: 'checkpoint',
    ofSource: true,
    isPath: true,
    group: 'incremental',
    help: 'FILE or s3://BUCKET/KEY: continue from this checkpoint, and update it',
    inFile: 'file or s3://BUCKET/KEY: continue from this checkpoint, and update it; each source needs its own',
  },
  checkpointKey: {
    kind: 'text',
    flag: 'checkpoint-key',
    isPath: true,
    group: 'incremental',
    help: 'the file with the key that shows who wrote the checkpoint',
  },
  recheck: {
    kind: 'text',
    form: 'recheck',
    flag: 'recheck',
    ofSource: true,
    group: 'incremental',
    help: 'also verify part of the time before again: 1% of it in each run, all of it in 7d, or all',
  },
  every: {
    kind: 'text',
    form: 'length',
    flag: 'every',
    help: 'so long from one run of watch to the next, from 1m to 7d; default: 1h',
  },
  format: {
    kind: 'text',
    form: 'mainFormat',
    flag: 'format',
    choices: MAIN_FORMATS,
    group: 'reports',
    help: 'how to report; default: text',
  },
  output: { kind: 'text', flag: 'output', isPath: true, group: 'reports', help: 'write the report to this file' },
  reports: {
    kind: 'list',
    form: 'report',
    flag: 'report',
    group: 'reports',
    help: 'FORMAT=FILE: also write the report in this format',
    inFile: 'further reports of the same run',
  },
  restoreList: {
    kind: 'text',
    flag: 'restore-list',
    isPath: true,
    group: 'reports',
    help: 'write the archived objects to this file, for S3 Batch Operations to restore',
  },
  controls: {
    kind: 'boolean',
    flag: 'controls',
    group: 'reports',
    help: 'name the controls of common standards that it is evidence for',
  },
  verbose: { kind: 'boolean', flag: 'verbose', group: 'reports', help: 'also name every file that is verified' },
  quiet: { kind: 'boolean', flag: 'quiet', group: 'reports', help: 'say nothing unless something is wrong' },
  threads: {
    kind: 'number',
    flag: 'threads',
    least: 0,
    group: 'speed',
    help: 'threads beside the main one; default: one for each further core',
  },
  concurrency: {
    kind: 'number',
    flag: 'concurrency',
    group: 'speed',
    help: 'S3 requests under way at once, at most; default: found while it runs',
  },
  rate: { kind: 'number', flag: 'rate', group: 'speed', help: 'S3 requests a second to one bucket, at most' },
} as const satisfies Readonly<Record<string, Setting>> & {
  readonly [F in keyof RunRequest]-?: Setting & { readonly asks: true };
};
