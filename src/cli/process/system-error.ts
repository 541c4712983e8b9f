/** An error of the operating system, as Node throws it. */
export interface SystemError extends Error {
  /** `ENOSPC` */
  readonly code: string;
}

/** Tells what the system refuses from what Node or anything else does, which have codes too. */
export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';

/** A report could not be written after all, to a file that had been opened or could not be for now. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  override readonly cause: SystemError;

  constructor(path: string, cause: SystemError) {
    super(`cannot write ${path}: ${cause.message}`, { cause });
    this.cause = cause;
  }
}

const WRONG_PATH: ReadonlySet<string> = new Set([
  'EACCES',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** Whether another path, or other permissions, would help; all else is the state that the machine is in. */
export const isWrongPath = ({ code }: SystemError): boolean => WRONG_PATH.has(code);

const MAKE_ROOM = 'Make room there, and run again.';
const CLOSE_FILES = 'Let more files be open at once (ulimit -n), and run again.';
const ADVICE: Readonly<Record<string, string>> = {
  EDQUOT: MAKE_ROOM,
  EFBIG: MAKE_ROOM,
  EMFILE: CLOSE_FILES,
  ENFILE: CLOSE_FILES,
  ENXIO: 'Nobody there takes what is written: name another file, and run again.',
  ENOMEM: 'Give it more memory, and run again.',
  ENOSPC: MAKE_ROOM,
  EPIPE: 'Whoever read it has stopped: see why, and run again.',
};

/** What to do next, in one line. */
export function adviceOn(error: SystemError): string {
  if (isWrongPath(error)) return 'Check the path, and who may read and write there.';
  return ADVICE[error.code] ?? 'See whether disk and system are well, and run again.';
}
