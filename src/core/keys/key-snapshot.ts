import { encodeBase64 } from '../encoding/base64.js';
import type { Refusal } from '../findings/finding.js';
import { formatInstant, type Instant, type Interval } from '../time/instant.js';
import type { ListedKey } from './key-list.js';

/** What a region answered when it was asked for its keys. */
export type RegionKeys = { readonly region: string } & (
  | { readonly keys: readonly ListedKey[] }
  | { readonly refusal: Refusal }
);

/** Public keys put by for later. Since the answers are not signed, how they were come by belongs to them. */
export interface KeySnapshot {
  readonly takenAt: Instant;
  /** The ARN of whoever took it, where that could be found out. */
  readonly takenBy?: string;
  /** Where the questions were sent when not to AWS's own addresses. */
  readonly endpointUrl?: string;
  readonly asked: Interval;
  readonly regions: readonly RegionKeys[];
}

/** The snapshot as a JSON text that {@link parseKeyList} reads; each region's part has the form of ListPublicKeys' own answer. */
export function formatKeySnapshot(snapshot: KeySnapshot): string {
  const { takenAt, takenBy, endpointUrl, asked, regions } = snapshot;
  const document = {
    format: 'trailproof-keys',
    version: 1,
    takenAt: formatInstant(takenAt),
    takenBy: takenBy ?? null,
    endpointUrl: endpointUrl ?? null,
    asked: { from: formatInstant(asked.start), to: formatInstant(asked.end) },
    regions: regions.map((answer) =>
      'keys' in answer
        ? { region: answer.region, PublicKeyList: answer.keys.map(toEntry) }
        : { region: answer.region, error: answer.refusal },
    ),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function toEntry({ fingerprint, der, validity }: ListedKey) {
  const times = validity && {
    ValidityStartTime: formatInstant(validity.start),
    ValidityEndTime: formatInstant(validity.end),
  };
  return { Value: encodeBase64(der), ...times, Fingerprint: fingerprint };
}
