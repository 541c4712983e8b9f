import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { type ChainId, formatChainId } from '../objects/chain-id.js';
import type { ObjectRef } from '../objects/object-ref.js';
import { definitionOf } from './codes/codes.js';
import type { Finding, Subject } from './finding.js';

/**
 * What a finding is recognised by from one run to the next: 64 hexadecimal digits, the same as long as the same code is
 * found about the same thing, so that dashboards update what they have instead of adding to it.
 */
export const identityOf = ({ code, subject, args }: Finding): string => {
  const values: Readonly<Record<string, unknown>> = { ...args };
  const { id } = definitionOf(code);
  const telling = id.filter((name) => values[name] !== undefined).map((name) => [name, toPlain(values[name])]);
  return hashOf([code, partsOf(subject), telling]);
};

/** What a chain is recognised by from one run to the next; never that of a finding. */
export const identityOfChain = (chain: ChainId): string => hashOf(['chain', formatChainId(chain)]);

/** What the saved results of a query are recognised by, from the place of their sign file; never that of a finding or a chain. */
export const identityOfResults = ({ bucket, key }: ObjectRef): string => hashOf(['query-results', bucket, key]);

/** What one reason for many findings is recognised by, from what these have in common; never that of a finding. */
export const identityOfReason = (reason: readonly string[]): string => hashOf(['reason', ...reason]);

/** A JSON text that depends on values alone, not on the order of properties. */
const hashOf = (value: unknown): string => bytesToHex(sha256(utf8ToBytes(JSON.stringify(value))));

const toPlain = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'bucket' in value && 'key' in value
    ? [value.bucket, value.key]
    : value;

function partsOf(subject: Subject): readonly string[] {
  switch (subject.type) {
    case 'digest':
    case 'log':
    case 'query-sign-file':
    case 'query-file':
    case 'folder':
      return [subject.type, subject.bucket, subject.key];
    case 'chain':
      return [subject.type, formatChainId(subject.chain)];
    case 'public-key':
      return [subject.type, subject.fingerprint];
    case 'run':
      return [subject.type, ...(subject.source === undefined ? [] : [subject.source])];
  }
}
