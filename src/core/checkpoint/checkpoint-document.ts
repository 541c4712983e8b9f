import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { parseJson } from '../encoding/strict-json.js';
import type { Checkpoint } from './checkpoint.js';
import { CheckpointContentError, CONTENT_DEPTH, parseContent, toContent } from './checkpoint-content.js';
import {
  CHECKPOINT_ALGORITHMS,
  type CheckpointAlgorithm,
  type CheckpointKey,
  isSignedWith,
  signWith,
} from './checkpoint-key.js';

/*
 * Two lines. The first is a head of JSON: format, version, algorithm and name of the key, length and hash of the second
 * line, signature. The second is the checkpoint as JSON. The signature covers the head before it, to the byte, and by
 * the hash in it the second line; a prefix keeps it from being taken for a signature of anything else. A head is written
 * in one way only, so that no byte of it can be changed unnoticed.
 */

const FORMAT = 'trailproof-checkpoint';
const VERSION = 2;
const HEAD_START = `{"format":"${FORMAT}"`;
const MAX_HEAD_BYTES = 4096;
/** A later version may nest, and is to be told from what is no checkpoint. */
const MAX_HEAD_DEPTH = 16;
const NEWLINE = 0x0a;

/** Bytes that a checkpoint may have: it takes about 1 kB for a chain, and nobody has more than 100,000. */
export const MAX_CHECKPOINT_BYTES = 2 ** 28;

/** Why a checkpoint is not gone on from. */
export const CHECKPOINT_PROBLEMS = [
  'not-a-checkpoint',
  'too-large',
  'truncated',
  /** An earlier trailproof has written it, and remembered less than is needed now. */
  'version-outdated',
  /** Of a version that this one does not know. */
  'version-unknown',
  'corrupt',
  /** It is signed, and there is no key to check that with. */
  'key-needed',
  /** A key is given, and it is not signed. */
  'signature-missing',
  'algorithm-mismatch',
  /** Signed with another key of this algorithm. */
  'key-mismatch',
  'signature-invalid',
  /** Of other sources, or of another trail. */
  'foreign',
] as const;
type CheckpointProblem = (typeof CHECKPOINT_PROBLEMS)[number];

export interface RefusedCheckpoint {
  readonly problem: CheckpointProblem;
  /** What is wrong with it, for people. Text from the document in it is not escaped. */
  readonly detail: string;
}

const WRITTEN_BY_A_RUN = 'Name the file or object that a run has written as its checkpoint.';
const ANEW = 'Bring back an earlier copy, or move it away to have everything verified anew.';
const RIGHT_KEY = 'Give the key that it was signed with.';
const NOT_OURS = 'Somebody without the key has written it. Find out who. Bring back an earlier copy of it.';

const REMEDIES: Readonly<Record<CheckpointProblem, string>> = {
  'not-a-checkpoint': WRITTEN_BY_A_RUN,
  'too-large': WRITTEN_BY_A_RUN,
  truncated: ANEW,
  'version-outdated': 'Move it away to have everything verified anew.',
  'version-unknown': 'A later trailproof has written it: use that one.',
  corrupt: ANEW,
  'key-needed': RIGHT_KEY,
  'signature-missing':
    'Somebody without the key may have written it. Where it never was signed, move it away to have everything verified anew.',
  'algorithm-mismatch': RIGHT_KEY,
  'key-mismatch': RIGHT_KEY,
  'signature-invalid': NOT_OURS,
  foreign: 'Keep one checkpoint for each set of sources.',
};

/** Why a checkpoint is refused, and what to do: two lines, text from the document in them not escaped. */
export const describeRefusal = ({ problem, detail }: RefusedCheckpoint): string => `${detail}\n${REMEDIES[problem]}`;

/** What signs a document, by its own word. */
export interface CheckpointSigner {
  readonly algorithm: CheckpointAlgorithm;
  readonly keyId: string;
}

/** A checkpoint that is whole. */
export interface InspectedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** Absent where it is not signed. Not checked. */
  readonly signer?: CheckpointSigner;
}

/** What a checkpoint must be of. */
export type CheckpointOrigin = Pick<Checkpoint, 'sources' | 'trailArn'>;

interface Head {
  readonly version: number;
  readonly signer?: CheckpointSigner;
  /** Bytes of the second line, without its newline. */
  readonly length: number;
  readonly sha256: string;
  readonly signature?: string;
}

/**
 * The checkpoint as bytes to be stored, signed where there is a key; the same for the same checkpoint and key.
 * @throws {RangeError} for a checkpoint that would not be read back the same
 * @throws {CheckpointKeyError} when the key can only check
 */
export function formatCheckpoint(checkpoint: Checkpoint, key: CheckpointKey | undefined): Uint8Array {
  const content = JSON.stringify(toContent(checkpoint));
  // Rather nothing is written than what the next run would refuse.
  try {
    parseContent(JSON.parse(content));
  } catch (error) {
    throw new RangeError('this is no checkpoint that could be read again', { cause: error });
  }
  const bytes = utf8ToBytes(content);
  const unsigned: Head = {
    version: VERSION,
    ...(key && { signer: { algorithm: key.algorithm, keyId: key.id } }),
    length: bytes.length,
    sha256: bytesToHex(sha256(bytes)),
  };
  const head = key ? { ...unsigned, signature: bytesToHex(signWith(key, messageOf(unsigned))) } : unsigned;
  const document = concatBytes(utf8ToBytes(`${formatHead(head)}\n`), bytes, Uint8Array.of(NEWLINE));
  if (document.length > MAX_CHECKPOINT_BYTES) throw new RangeError('the checkpoint is too large to be read again');
  return document;
}

/** Reads a checkpoint without regard to who wrote it. */
export function inspectCheckpoint(bytes: Uint8Array): InspectedCheckpoint | RefusedCheckpoint {
  return refusing(() => {
    const { head, line } = takeApart(bytes);
    return { checkpoint: contentOf(line), ...(head.signer && { signer: head.signer }) };
  });
}

/**
 * Reads a checkpoint to be gone on from. With a key it must be signed with just that key, and without one not at all;
 * with an origin it must be of that.
 */
export function verifyCheckpoint(
  bytes: Uint8Array,
  key: CheckpointKey | undefined,
  origin?: CheckpointOrigin,
): InspectedCheckpoint | RefusedCheckpoint {
  return refusing(() => {
    const { head, line } = takeApart(bytes);
    checkSignature(head, key);
    const checkpoint = contentOf(line);
    if (origin && !isOf(checkpoint, origin)) throw new Refusal('foreign', `it is of ${originOf(checkpoint)}`);
    return { checkpoint, ...(head.signer && { signer: head.signer }) };
  });
}

/** Within this file only: every way out of reading is one of these. */
class Refusal extends Error {
  readonly problem: CheckpointProblem;

  constructor(problem: CheckpointProblem, detail: string) {
    super(detail);
    this.problem = problem;
  }
}

function refusing<T>(read: () => T): T | RefusedCheckpoint {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return { problem: error.problem, detail: error.message };
    throw error;
  }
}

/** The head, and the second line, which is what the head says that it is. */
function takeApart(bytes: Uint8Array): { readonly head: Head; readonly line: Uint8Array } {
  if (bytes.length > MAX_CHECKPOINT_BYTES)
    throw new Refusal('too-large', `it has more than ${MAX_CHECKPOINT_BYTES} bytes`);
  const headEnd = bytes.subarray(0, MAX_HEAD_BYTES).indexOf(NEWLINE);
  if (headEnd === -1) throw headless(bytes);
  const head = parseHead(bytes.subarray(0, headEnd));
  const line = bytes.subarray(headEnd + 1, headEnd + 1 + head.length);
  const rest = bytes.length - headEnd - 1;
  if (rest < head.length + 1)
    throw new Refusal('truncated', `it has ${rest} bytes of content where there were ${head.length + 1}`);
  if (rest > head.length + 1 || bytes.at(-1) !== NEWLINE)
    throw new Refusal('corrupt', 'there is something after its end');
  if (bytesToHex(sha256(line)) !== head.sha256)
    throw new Refusal('corrupt', 'its content has another hash than it says');
  return { head, line };
}

/** A beginning of a checkpoint, be it empty, is one that was cut off. */
function headless(bytes: Uint8Array): Refusal {
  const text = new TextDecoder().decode(bytes.subarray(0, HEAD_START.length));
  return HEAD_START.startsWith(text) && bytes.length < MAX_HEAD_BYTES
    ? new Refusal('truncated', 'it ends within its first line')
    : new Refusal('not-a-checkpoint', 'it does not begin like a checkpoint');
}

function parseHead(bytes: Uint8Array): Head {
  const { value } = parseJson(bytes, MAX_HEAD_DEPTH);
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== FORMAT)
    throw new Refusal('not-a-checkpoint', 'it does not begin like a checkpoint');
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { version } = fields;
  if (version !== VERSION && typeof version === 'number' && Number.isSafeInteger(version) && version > 0)
    throw new Refusal(
      version < VERSION ? 'version-outdated' : 'version-unknown',
      `it is of version ${version}, and only ${VERSION} is known`,
    );
  const head = toHead(fields);
  // What is not written as it would be here was changed by someone.
  if (!head || formatHead(head) !== new TextDecoder().decode(bytes))
    throw new Refusal('corrupt', 'its first line is not as it was written');
  return head;
}

function toHead({ version, algorithm, keyId, length, sha256, signature }: Readonly<Record<string, unknown>>) {
  if (version !== VERSION || typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0)
    return undefined;
  if (!isHex(sha256, 32)) return undefined;
  const unsigned: Head = { version, length, sha256 };
  if (algorithm === 'none') return unsigned;
  const known = CHECKPOINT_ALGORITHMS.find((name) => name === algorithm);
  if (!known || !isHex(keyId, 8) || !isHex(signature, SIGNATURE_BYTES[known])) return undefined;
  return { ...unsigned, signer: { algorithm: known, keyId }, signature };
}

const SIGNATURE_BYTES: Readonly<Record<CheckpointAlgorithm, number>> = { 'HMAC-SHA256': 32, Ed25519: 64 };

const isHex = (value: unknown, bytes: number): value is string =>
  typeof value === 'string' && value.length === bytes * 2 && /^[0-9a-f]+$/.test(value);

const formatHead = ({ version, signer, length, sha256, signature }: Head): string =>
  JSON.stringify({
    format: FORMAT,
    version,
    algorithm: signer?.algorithm ?? 'none',
    ...(signer && { keyId: signer.keyId }),
    length,
    sha256,
    ...(signature !== undefined && { signature }),
  });

/** What is signed: format and version once more in front, then the head without its signature. */
function messageOf({ signature: _, ...unsigned }: Head): Uint8Array {
  return utf8ToBytes(`${FORMAT} ${VERSION}\n${formatHead(unsigned)}\n`);
}

function checkSignature(head: Head, key: CheckpointKey | undefined): void {
  const { signer, signature } = head;
  if (!signer || signature === undefined) {
    if (key) throw new Refusal('signature-missing', 'it is not signed, and a key is given');
    return;
  }
  if (!key) throw new Refusal('key-needed', `it is signed with ${signer.algorithm} key ${signer.keyId}`);
  if (signer.algorithm !== key.algorithm)
    throw new Refusal(
      'algorithm-mismatch',
      `it is signed with ${signer.algorithm}, and the key is for ${key.algorithm}`,
    );
  if (signer.keyId !== key.id)
    throw new Refusal('key-mismatch', `it is signed with key ${signer.keyId}, and this is key ${key.id}`);
  if (!isSignedWith(key, hexToBytes(signature), messageOf(head)))
    throw new Refusal('signature-invalid', `its signature does not hold against key ${key.id}`);
}

function contentOf(line: Uint8Array): Checkpoint {
  const { value, faults } = parseJson(line, CONTENT_DEPTH);
  const [fault] = faults;
  if (fault) throw new Refusal('corrupt', `its content is no sound JSON (${fault.fault})`);
  try {
    return parseContent(value);
  } catch (error) {
    if (error instanceof CheckpointContentError) throw new Refusal('corrupt', error.message);
    throw error;
  }
}

const isOf = (checkpoint: Checkpoint, { sources, trailArn }: CheckpointOrigin): boolean =>
  checkpoint.trailArn === trailArn &&
  checkpoint.sources.length === sources.length &&
  checkpoint.sources.every((source, index) => source === sources[index]);

const originOf = ({ sources, trailArn }: CheckpointOrigin): string =>
  [...sources, ...(trailArn === undefined ? [] : [trailArn])].join(', ');
