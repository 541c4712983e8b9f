/** A word as a shell of POSIX takes it: in quotes where it holds anything that means more to a shell than itself. */
export const quote = (value: string): string =>
  /^[\w./:@%+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
