/**
 * What a copy of an archive may hold besides it. `system-file`: notes that an operating system keeps beside files
 * (AppleDouble, `.DS_Store`, `Thumbs.db`, `desktop.ini`, `Zone.Identifier`). `duplicate`: the content of a file under another
 * name as well. `partial-download`: the beginning of a file, from a download that broke off.
 */
export type LeftoverKind = 'system-file' | 'duplicate' | 'partial-download';

/** What a name may stand for. The content decides: a name alone hides nothing. */
export type LeftoverName =
  | { readonly kind: 'system-file'; readonly holds: (bytes: Uint8Array) => boolean }
  /** @property original the key of the file that it may be a copy of, as CloudTrail names it */
  | { readonly kind: 'copy'; readonly original: string };

/** Notes of an operating system are smaller; a resource fork in AppleDouble may be larger, and is then not taken for one. */
export const MAX_SYSTEM_FILE_BYTES = 2 ** 20;

/** 1, ` (1)`, `(1)`, ` copy`, ` copy 2`, ` - Copy`, ` - Copy (2)`, `-1`: what browsers, Finder and Explorer put into a name that is taken. */
const TAG = '(?: ?\\(\\d{1,3}\\)| - Copy(?: \\(\\d{1,3}\\))?| copy(?: \\d{1,3})?|-\\d{1,3})';
/** The name of a file that is there twice: `X (1).json.gz`, `X.json (1).gz`, `Copy of X.json.gz`, and `X.json` beside `X.json.gz`. */
const COPY = new RegExp(`^(?:Copy (?:\\(\\d{1,3}\\) )?of )?(.+?)${TAG}?\\.json${TAG}?(?:\\.gz)?${TAG}?$`);
/** What downloads are called until they are whole: by the AWS CLI and SDKs (`X.json.gz.6eF3dDc1`), rclone and browsers. */
const DOWNLOAD =
  /^(.+\.json)(?:\.gz)?(?:\.[0-9A-Fa-f]{8}|(?:\.[0-9A-Za-z]{8})?\.partial|\.part|\.crdownload|\.download|\.filepart|\.tmp)$/;

/** What the name of a key may stand for beside the files of an archive; undefined for any other name. */
export function parseLeftoverName(key: string): LeftoverName | undefined {
  const start = key.lastIndexOf('/') + 1;
  const name = key.slice(start);
  const holds = systemFile(name);
  if (holds) return { kind: 'system-file', holds };
  const stem = COPY.exec(name)?.[1] ?? DOWNLOAD.exec(name)?.[1]?.slice(0, -'.json'.length);
  const original = stem === undefined ? name : `${stem}.json.gz`;
  return original === name ? undefined : { kind: 'copy', original: `${key.slice(0, start)}${original}` };
}

/** By what content it is told that a file of that name is one of an operating system. */
function systemFile(name: string): ((bytes: Uint8Array) => boolean) | undefined {
  // RFC 1740: magic number and version 2 of AppleDouble.
  if (name.startsWith('._')) return beginsWith([0, 5, 0x16, 7, 0, 2, 0, 0]);
  if (name === '.DS_Store') return beginsWith([0, 0, 0, 1, 0x42, 0x75, 0x64, 0x31]);
  // A compound file, as Office and Explorer write it.
  if (/^(?:eh)?thumbs\.db$/i.test(name)) return beginsWith([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
  if (/^desktop\.ini$/i.test(name)) return isSection('.ShellClassInfo');
  return /:Zone\.Identifier(?::\$DATA)?$/.test(name) ? isSection('ZoneTransfer') : undefined;
}

const beginsWith =
  (magic: readonly number[]) =>
  (bytes: Uint8Array): boolean =>
    bytes.length >= magic.length && magic.every((byte, index) => bytes[index] === byte);

/** Whether it is an INI file that begins with this section, in UTF-8 or UTF-16. */
const isSection =
  (section: string) =>
  (bytes: Uint8Array): boolean =>
    ['utf-8', 'utf-16le'].some((encoding) =>
      new TextDecoder(encoding).decode(bytes.subarray(0, 256)).trimStart().startsWith(`[${section}]`),
    );

/** Whether bytes are the beginning of others, or all of them. */
export function isBeginning(part: Uint8Array, whole: Uint8Array): boolean {
  if (part.length > whole.length) return false;
  for (let index = 0; index < part.length; index += 1) if (part[index] !== whole[index]) return false;
  return true;
}
