/**
 * A sealed record: a value whose bytes prove that they are whole. LevelDB as bound here does not
 * verify what it reads, and a slot may be torn, so everything small that we keep is sealed.
 *
 * Layout, big-endian: CRC32 (4 bytes) over the rest, length of the body (4), body (msgpack). What
 * stands behind the body is ignored, so a sealed record may lie in a larger slot. The length is
 * under the CRC, which makes zeros an invalid record and not an empty one.
 */
import { crc32 } from 'node:zlib';
import { decode, encode } from '../base/codec.ts';

const headerBytes = 8;

export function seal(value: unknown): Uint8Array {
  const body = encode(value);
  const sealed = Buffer.alloc(headerBytes + body.length);
  sealed.writeUInt32BE(body.length, 4);
  sealed.set(body, headerBytes);
  sealed.writeUInt32BE(crc32(sealed.subarray(4)), 0);
  return sealed;
}

/** The value, or undefined when the bytes are not what `seal` made. */
export function unseal<T>(bytes: Uint8Array): T | undefined {
  if (bytes.length < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = headerBytes + view.getUint32(4);
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(4, end)) !== view.getUint32(0)) return undefined;
  return decode<T>(bytes.subarray(headerBytes, end));
}
