import { formatInstant } from '../../core/time/instant.js';
import { countOf } from '../strings/numbers-and-times.js';
import type { CauseGroup } from './cause-groups.js';
import type { UnsignedEnds } from './unsigned-ends.js';

/**
 * What is said of a copy of files without metadata: one reason for what is undetermined at the end of every chain. Undefined
 * where other digests lack a signature too, of which it would say too little.
 */
export function copyWords(
  group: CauseGroup,
  { count, provenTo }: UnsignedEnds,
): { readonly meaning: string; readonly next: string } | undefined {
  if (group.code !== 'digest-signature-missing' || group.effect !== 'undetermined' || group.count !== count)
    return undefined;
  const logs = group.consequences.get('digest-logs-unverifiable') ?? 0;
  const to = formatInstant(provenTo);
  return {
    meaning: `${countOf(count, 'chain')}: the newest digest and ${countOf(logs, 'log')} in it, from ${to} on. A copy of files leaves the signature behind, which S3 keeps as metadata and the next digest repeats. Nothing in this speaks of tampering.`,
    next: `Leave that time out: verify with \`--to ${to}\`.${count === 1 ? ONE : ''}`,
  };
}

const ONE =
  ' Or save the metadata beside the digest: `aws s3api head-object --bucket BUCKET --key KEY > FILE.metadata.json`.';
