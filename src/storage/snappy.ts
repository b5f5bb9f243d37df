/**
 * Takes apart what Snappy packed (https://github.com/google/snappy, format_description.txt): only
 * the raw format, and only for the index blocks of a table. Undefined for bytes that are no such
 * thing.
 */
export function unsnappy(packed: Uint8Array): Uint8Array | undefined {
  const header = varint(packed, 0);
  if (header === undefined || header.value > outputBytesMax) return undefined;
  const output = new Uint8Array(header.value);
  let [at, end] = [header.next, 0];
  while (at < packed.length) {
    const piece = pieceAt(packed, at);
    if (piece === undefined || end + piece.length > output.length) return undefined;
    if (piece.kind === 'literal') {
      if (piece.from + piece.length > packed.length) return undefined;
      output.set(packed.subarray(piece.from, piece.from + piece.length), end);
    } else {
      if (piece.offset === 0 || piece.offset > end) return undefined;
      // A copy may reach into what it writes itself.
      for (let i = 0; i < piece.length; i++) output[end + i] = output[end + i - piece.offset] ?? 0;
    }
    end += piece.length;
    at = piece.next;
  }
  return end === output.length ? output : undefined;
}

/** Far above any block of a table. */
const outputBytesMax = 64 * 1024 * 1024;

type Piece =
  | {
      readonly kind: 'literal';
      readonly from: number;
      readonly length: number;
      readonly next: number;
    }
  | {
      readonly kind: 'copy';
      readonly offset: number;
      readonly length: number;
      readonly next: number;
    };

function pieceAt(packed: Uint8Array, at: number): Piece | undefined {
  const tag = packed[at] ?? 0;
  const size = tag >> 2;
  if ((tag & 3) === 0) {
    const extra = size < 60 ? 0 : size - 59;
    const length = (extra === 0 ? size : little(packed, at + 1, extra)) + 1;
    const from = at + 1 + extra;
    return { kind: 'literal', from, length, next: from + length };
  }
  if ((tag & 3) === 1) {
    const offset = ((tag >> 5) << 8) | (packed[at + 1] ?? 0);
    return { kind: 'copy', offset, length: (size & 7) + 4, next: at + 2 };
  }
  const wide = (tag & 3) === 2 ? 2 : 4;
  const offset = little(packed, at + 1, wide);
  return { kind: 'copy', offset, length: size + 1, next: at + 1 + wide };
}

/** A little-endian number of that many bytes. */
function little(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** A number of seven bits a byte, as Snappy and LevelDB write them. */
export function varint(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly next: number } | undefined {
  let [value, unit] = [0, 1];
  for (let next = at; next < bytes.length && next < at + 8; next++) {
    const byte = bytes[next] ?? 0;
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) return { value, next: next + 1 };
    unit *= 128;
  }
  return undefined;
}
