import type { Finding } from '../../core/findings/finding.js';
import { type Folder, toAccountFolder } from '../../core/objects/cloudtrail-key.js';
import type { Instant } from '../../core/time/instant.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type { NewSha256 } from '../../ports/sha256.js';
import type { DigestFolders } from '../listing/discover-folders.js';
import type { TimeRange } from '../listing/list-digests.js';
import type { Leftovers } from '../objects/find-leftovers.js';
import { auditAccount, auditRegion } from './find-unreferenced.js';
import { AuditRecord } from './referenced-logs.js';

/** What an audit works with. */
export interface AuditSetting {
  readonly store: ObjectStore;
  readonly newSha256: NewSha256;
  readonly leftovers: Leftovers;
  readonly now: Instant;
}

/** The audit of one account and region. */
export interface RegionAudit {
  /** To be shown every event of the account and region. */
  readonly record: AuditRecord;
  /** To be asked for when its chains are done. */
  findings(): AsyncGenerator<readonly Finding[]>;
}

/** The audit of a run: regions in their order, folders of accounts once each. */
export class Audit {
  readonly #setting: AuditSetting;
  readonly #accounts = new Set<string>();

  constructor(setting: AuditSetting) {
    this.#setting = setting;
  }

  /** To be called in the order of the report. @param range the time in which its chains are walked */
  of({ folders }: DigestFolders, range: TimeRange): RegionAudit {
    const { store, newSha256, leftovers, now } = this.#setting;
    const record = new AuditRecord(store, newSha256, range);
    const accounts = folders.filter((placed) => this.#isFirst(placed));
    return {
      record,
      async *findings() {
        for (const { bucket, folder } of accounts) {
          const findings = await auditAccount(store, bucket, folder);
          if (findings.length > 0) yield findings;
        }
        yield* auditRegion(folders, range, record, { store, leftovers, now });
      },
    };
  }

  #isFirst({ bucket, folder }: { readonly bucket: string; readonly folder: Folder }): boolean {
    const place = `${bucket}/${toAccountFolder(folder)}`;
    const isFirst = !this.#accounts.has(place);
    this.#accounts.add(place);
    return isFirst;
  }
}
