import type { Finding } from '../../core/findings/finding.js';
import type { LogKind } from '../../core/objects/cloudtrail-key.js';
import type { RunRequest } from '../../core/report/request.js';
import type { PlacedFolder } from './list-digests.js';

/** A bucket, or a part of one, to look for trails in. */
export interface Source {
  readonly bucket: string;
  /** What stands before `AWSLogs/`, or a folder above that; empty for the whole bucket. */
  readonly prefix: string;
}

/** What to look at; an absent list means everything that is there. */
export type Selection = Pick<RunRequest, 'accounts' | 'regions' | 'trails'>;

/** The digest folders of one account and region, wherever they lie. */
export interface DigestFolders {
  readonly accountId: string;
  readonly region: string;
  readonly folders: readonly PlacedFolder[];
}

/** A folder of an account and region beside whose logs there is no folder for digests. */
export interface LogsAlone extends PlacedFolder {
  readonly kinds: readonly LogKind[];
}

/** A folder where sign files of saved query results may lie: anywhere below it, or directly in it. */
export interface ExportFolder {
  readonly bucket: string;
  /** Empty, or ending in a slash. */
  readonly prefix: string;
  readonly depth: 'whole' | 'top';
  /** Whose results CloudTrail Lake delivers there. */
  readonly accountId?: string;
}

/** What a search for trails has found. */
export interface Discovery {
  /** By account and region, in byte order. */
  readonly found: readonly DigestFolders[];
  /** By place, in byte order. A folder may hold no log at all. */
  readonly logsAlone: readonly LogsAlone[];
  /** The folders of CloudTrail Lake below `AWSLogs`, and every folder outside of `AWSLogs` that was searched. */
  readonly exportFolders: readonly ExportFolder[];
  readonly findings: readonly Finding[];
  /** Whether there are other accounts than those selected, and in those selected other regions. */
  readonly passedOver: { readonly accounts: boolean; readonly regions: boolean };
}
