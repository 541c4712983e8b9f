/**
 * Why a call of the library could not do its work:
 * - `usage`: an option, a value or a file named in one does not fit; the message says which and what to do
 * - `source`: the folder or file named as a source cannot be opened
 * - `listing`: a bucket or folder cannot be listed
 * - `unreachable`: a store stopped answering; nothing can be concluded
 * - `credentials`: AWS credentials are missing, wrong or expired
 * - `service`: AWS refused or failed a call that the run cannot do without
 * - `body`: an object broke off while it was read
 * - `key-file`, `key-list`, `public-key`: public keys cannot be read
 * - `checkpoint`, `checkpoint-key`: a checkpoint or its key cannot be read or written
 * - `stopped`: the run was told to end before there was anything to report
 * - `checkpoint-not-written`: the run is complete, its checkpoint is not; the error has the report
 */
export type ErrorCode =
  | 'usage'
  | 'source'
  | 'listing'
  | 'unreachable'
  | 'credentials'
  | 'service'
  | 'body'
  | 'key-file'
  | 'key-list'
  | 'public-key'
  | 'checkpoint'
  | 'checkpoint-key'
  | 'stopped'
  | 'checkpoint-not-written';

/**
 * Base of every error that the library throws on purpose; anything else is a bug. Tampering and loss are findings, never errors.
 * The message may hold text from outside: escape it before you show it.
 */
export abstract class TrailproofError extends Error {
  /** Stable: branch on it, not on the class or the message. */
  abstract readonly code: ErrorCode;
}
