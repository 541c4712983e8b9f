/** What the system calls the reason of a failed call: `ENOENT`; undefined of an error that is not the system's. */
export const errorCodeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
