// Where everything lies in the kernel's memory, in bytes. Nothing is allocated and the memory never grows: a view of it
// is never detached. The first 256 bytes stay unused, so that an address that was never set is outside of every region.

/** Bits of a literal/length code that the root table is indexed with; longer codes go on in a subtable. */
export const LITERAL_ROOT_BITS: u32 = 11;
export const DISTANCE_ROOT_BITS: u32 = 8;
/** No code of the code lengths is longer: its table has no subtables (RFC 1951, 3.2.7). */
export const PRECODE_ROOT_BITS: u32 = 7;

/** u32[16]: how many codes there are of each length. */
export const COUNTS: u32 = 0x0100;
/** u32[16]: where the next symbol of each length goes in SORTED. */
export const OFFSETS: u32 = 0x0140;
/** u8[320]: the code lengths of a block, literals and lengths first. Runs are written 16 bytes at a time: 16 bytes of slack. */
export const LENGTHS: u32 = 0x0180;
/** u8[19] */
export const PRECODE_LENGTHS: u32 = 0x02d0;
/** u16[320]: symbols in the order of their codes. */
export const SORTED: u32 = 0x0300;
/** u16[320]: the codes themselves, first bit lowest, in the same order. */
export const CODES: u32 = 0x0580;
/** u32[16]: where the literals of each code length end in LITERALS. */
export const LITERAL_ENDS: u32 = 0x0800;
/** { code: u32, entry: u32 }[256]: the literals of a block in the order of their codes. */
export const LITERALS: u32 = 0x0840;

/** u32[288]: the table entry of each literal/length symbol, without its code length. */
export const LITERAL_TEMPLATES: u32 = 0x1040;
/** u64[32] */
export const DISTANCE_TEMPLATES: u32 = 0x14c0;
/** u32[19] */
export const PRECODE_TEMPLATES: u32 = 0x15c0;
/** u8[19]: the order that the lengths of the precode come in (RFC 1951, 3.2.7). */
export const PRECODE_ORDER: u32 = 0x1610;
/** v128[16]: for each distance below 16, which bytes a 16 bytes wide repetition takes. */
export const REPEAT_PATTERNS: u32 = 0x1630;
/** u32[16]: by how many bytes a repetition goes on: the largest multiple of the distance up to 16. */
export const REPEAT_STRIDES: u32 = 0x1730;
export const CONSTANTS_END: u32 = 0x1770;

/** u32[128] */
export const PRECODE_TABLE: u32 = 0x1780;
/** u32[2048 + 1024]: root and subtables. 286 codes of up to 15 bits take 292 entries of subtables at most. */
export const LITERAL_TABLE: u32 = 0x2000;
export const LITERAL_TABLE_END: u32 = 0x5000;
/** u64[256 + 256]: root and subtables. 30 codes of up to 15 bits take 146 entries of subtables at most. */
export const DISTANCE_TABLE: u32 = 0x5000;
export const DISTANCE_TABLE_END: u32 = 0x6000;
/** The roots of both tables for blocks with the fixed codes (RFC 1951, 3.2.6), which have no subtables. */
export const FIXED_LITERAL_TABLE: u32 = 0x6000;
export const FIXED_DISTANCE_TABLE: u32 = 0x8000;
export const FIXED_END: u32 = 0x8800;

/** u32[16][256]: slicing tables. */
export const CHECKSUM_TABLES: u32 = 0x9000;
/** Room in which the checksum folds its words. */
export const CHECKSUM_SCRATCH: u32 = 0xd000;
export const CHECKSUM_SCRATCH_END: u32 = 0x13000;

/** Where the stored bytes are read to. */
export const INPUT: u32 = 0x14000;
export const INPUT_SIZE: u32 = 0x40000;
/** Where the inflated bytes go: the 32 KiB of history that a distance can reach (RFC 1951, 2), and room for a chunk. */
export const OUTPUT: u32 = 0x54000;
export const WINDOW_SIZE: u32 = 0x8000;
export const OUTPUT_END: u32 = 0x15c000;
/** Short of the end of the memory, so that nothing that is read a little further than needed is out of it. */
export const MEMORY_END: u32 = 0x160000;
