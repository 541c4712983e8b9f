/** A bucket or a folder in it; in a folder on disk, where there are no buckets, that of the empty name. */
export interface Place {
  readonly bucket: string;
  /** Empty, or ending in a slash. */
  readonly prefix: string;
}

/** What was delivered to one place lies at another. */
export interface Relocation {
  readonly from: Place;
  readonly to: Place;
}

/**
 * Two places as paths: `BUCKET/KEY` where there are buckets, the path of a file in a folder otherwise. Each is empty or ends in a
 * slash. What was delivered below the first lies below the second, under the same further steps.
 */
export interface Displacement {
  readonly from: string;
  readonly to: string;
}

/**
 * How an object was moved, by where it was delivered and where it lies: what is left of both paths without the last steps that
 * they have in common. Undefined where not even the names of the files are the same.
 */
export function displacementOf(delivered: string, lies: string): Displacement | undefined {
  const [from, to] = [delivered.split('/'), lies.split('/')];
  let common = 0;
  while (common < Math.min(from.length, to.length) && from.at(-1 - common) === to.at(-1 - common)) common += 1;
  if (common === 0) return undefined;
  return { from: above(from, common), to: above(to, common) };
}

const above = (steps: readonly string[], common: number): string =>
  steps
    .slice(0, steps.length - common)
    .map((step) => `${step}/`)
    .join('');

/** `BUCKET/KEY`, or the path of a file in a folder. */
export const toPath = ({ bucket, key }: { readonly bucket: string; readonly key: string }): string =>
  bucket === '' ? key : `${bucket}/${key}`;

/**
 * Reads `FROM=TO`, each a bucket or a bucket and a folder in it, with or without `s3://`. An equals sign in the name of a folder is
 * written as `%3D`, and a percent sign that would be read so as `%25`.
 */
export function parseRelocation(text: string): Relocation | undefined {
  const [from, to, ...more] = text.split('=').map(parsePlace);
  return from && to && more.length === 0 ? { from, to } : undefined;
}

function parsePlace(text: string): Place | undefined {
  const match = /^([^/]+)(?:\/(.*))?$/s.exec(text.replace(/^s3:\/\//i, ''));
  if (!match?.[1]) return undefined;
  const [bucket = '', prefix = ''] = [match[1], match[2]].map((part) =>
    part?.replace(/%3D|%25/gi, (code) => (code === '%25' ? '%' : '=')),
  );
  return { bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
}

/** `FROM=TO`, as `--relocated` takes it; `.` stands for all of a folder. */
export const formatRelocation = ({ from, to }: Relocation): string => `${formatPlace(from)}=${formatPlace(to)}`;

function formatPlace({ bucket, prefix }: Place): string {
  const path = toPath({ bucket, key: prefix }).replace(/(?<!\/)\/$/, '');
  return path === '' ? '.' : path.replace(/%(?=3D|25)/gi, '%25').replaceAll('=', '%3D');
}
