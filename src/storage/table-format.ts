/**
 * How a table of LevelDB is laid out: blocks one behind the other, each with its compression and
 * its CRC behind it, and a footer that says where the two roots are, the index and the meta index.
 *
 * Format: https://github.com/google/leveldb/blob/main/doc/table_format.md.
 */
import { crc32c } from './crc32c.ts';
import { unsnappy, varint } from './snappy.ts';

export const footerBytes = 48;
const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** Behind each block: its compression (1) and its CRC (4). */
const trailerBytes = 5;

/** Where a block lies, and how long it is with its trailer. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** The roots of a table by its last bytes; undefined when they are no footer. */
export function rootsIn(
  end: Uint8Array,
): { readonly meta: Place; readonly index: Place } | undefined {
  const footer = end.subarray(Math.max(0, end.length - footerBytes));
  const isTable = magic.every((byte, at) => footer[footerBytes - magic.length + at] === byte);
  const meta = placeAt(footer, 0);
  const index = meta && placeAt(footer, meta.next);
  return isTable && meta && index ? { meta, index } : undefined;
}

/** Whether the bytes of a block, with its trailer, are what was written. */
export function isWhole(block: Uint8Array): boolean {
  if (block.length < trailerBytes) return false;
  const end = block.length - 4;
  // The CRC covers the compression too, and is masked: it lies among bytes that are summed again.
  const masked = new DataView(block.buffer, block.byteOffset, block.byteLength).getUint32(
    end,
    true,
  );
  const rotated = (masked - 0xa282ead8) >>> 0;
  const stored = ((rotated >>> 17) | (rotated << 15)) >>> 0;
  return crc32c(block.subarray(0, end)) === stored;
}

/** The places that an index block names, in their order; undefined when the block is not whole. */
export function placesIn(block: Uint8Array): readonly Place[] | undefined {
  const content = isWhole(block) ? contentOf(block) : undefined;
  if (content === undefined || content.length < 4) return undefined;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const restarts = view.getUint32(content.length - 4, true);
  const end = content.length - 4 * (restarts + 1);
  const places: Place[] = [];
  let at = 0;
  while (at < end) {
    const shared = varint(content, at);
    const unshared = shared && varint(content, shared.next);
    const length = unshared && varint(content, unshared.next);
    if (unshared === undefined || length === undefined) return undefined;
    const value = length.next + unshared.value;
    const place = placeAt(content, value);
    if (place === undefined) return undefined;
    places.push(place);
    at = value + length.value;
  }
  return places;
}

/** Of a block that is whole. */
function contentOf(block: Uint8Array): Uint8Array | undefined {
  const end = block.length - trailerBytes;
  switch (block[end]) {
    case 0:
      return block.subarray(0, end);
    case 1:
      return unsnappy(block.subarray(0, end));
    default:
      return undefined;
  }
}

function placeAt(bytes: Uint8Array, at: number): (Place & { readonly next: number }) | undefined {
  const offset = varint(bytes, at);
  const size = offset && varint(bytes, offset.next);
  return (
    size && offset && { offset: offset.value, length: size.value + trailerBytes, next: size.next }
  );
}
