/** Why a key may become another file, or a file in another place, when a tool writes it to a disk. */
export type KeyHazard = 'parent-folder' | 'empty-step' | 'backslash' | 'control-character' | 'reserved-name';

/** Names that Windows keeps for devices, whatever follows the first dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)/i;

/** What is dangerous about a key, the worst first; undefined for a key that is a path below its folder everywhere. */
export function hazardOf(key: string): KeyHazard | undefined {
  const steps = key.split('/');
  if (steps.some((step) => step === '..' || step === '.')) return 'parent-folder';
  if (key.includes('\\')) return 'backslash';
  if (/\p{Control}/u.test(key)) return 'control-character';
  if (steps.some((step) => step === '')) return 'empty-step';
  return steps.some((step) => DEVICE.test(step) || /[. ]$/.test(step)) ? 'reserved-name' : undefined;
}

/** The same for keys that a file system which ignores case, composition of characters, or dots and spaces at an end takes for one. */
export const foldKey = (key: string): string =>
  key
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[. ]+(?=\/|$)/g, '');
