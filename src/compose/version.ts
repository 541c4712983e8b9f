/** The version of the package, as `package.json` has it. A constant, so that a bundle of the package needs no file beside it. */
export const VERSION = '0.1.0';
