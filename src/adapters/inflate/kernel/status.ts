// What decoding came to. What is zero or more is no fault of the input.

/** The last block has ended: what follows in the input is not of the stream. */
export const ENDED: i32 = 0;
/** All of the input is used, and the stream goes on. */
export const INPUT_USED: i32 = 1;
/** More would come out than there is room for. */
export const OUTPUT_FULL: i32 = 2;
/** Nothing to report: decoding goes on. Never leaves the kernel. */
export const GOES_ON: i32 = 3;

export const BLOCK_TYPE_INVALID: i32 = -1;
export const STORED_LENGTH_INVALID: i32 = -2;
/** More than 286 literal/length codes or more than 30 distance codes. */
export const TOO_MANY_CODES: i32 = -3;
export const PRECODE_INVALID: i32 = -4;
/** A repetition of code lengths with nothing before it, or beyond the last code. */
export const REPETITION_INVALID: i32 = -5;
export const END_OF_BLOCK_MISSING: i32 = -6;
export const LITERAL_CODES_INVALID: i32 = -7;
export const DISTANCE_CODES_INVALID: i32 = -8;
/** A code that no literal or length has, or of symbol 286 or 287. */
export const LITERAL_INVALID: i32 = -9;
/** A code that no distance has, or of symbol 30 or 31. */
export const DISTANCE_INVALID: i32 = -10;
/** A distance to before the beginning of the output. */
export const DISTANCE_TOO_FAR: i32 = -11;
