/**
 * The one place that knows msgpack. Everything that machines say to each other or keep on disk goes
 * through here. No bytes depend on a dictionary that lives in somebody's memory: the compact form
 * says the names of fields within the value, where they are first used.
 *
 * This is one of the four files where `as` is allowed: what comes in was written by the other end
 * of this file, guarded by a MAC (network) or a CRC (disk).
 */
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, moreTypes: false, mapsAsObjects: true });

/** The bytes are the caller's own: they are not reused by the next call. */
export const encode = (value: unknown): Uint8Array => packr.pack(value);

const compactPackr = new Packr({ useRecords: true, moreTypes: false, mapsAsObjects: true });

/**
 * The same value with the names of each kind of object said once: of many alike, half of the bytes,
 * and read in a third of the time. Of a few it is neither. `decode` reads both forms, in every
 * version; where bytes are compared or hashed, only `encode` will do.
 */
export const encodeCompact = (value: unknown): Uint8Array => compactPackr.pack(value);

/** With fewer objects that are alike the compact form costs more than it brings. */
export const alikeMin = 4;

/** Throws on bytes that are not msgpack; callers check the MAC or the CRC first. */
export const decode = <T>(bytes: Uint8Array): T => packr.unpack(bytes) as T;

/** Elements of one piece. */
const piece = 256;

/**
 * The bytes of `encode`, piece by piece: who does something else between two pieces is not held up
 * by a large value. Lists and maps are taken apart down to so many `levels`, what lies deeper is
 * encoded whole. Each piece is the caller's own.
 */
export function* encodePieces(value: unknown, levels: number): Generator<Uint8Array, void> {
  if (levels === 0 || typeof value !== 'object' || value === null || !isTakenApart(value)) {
    yield encode(value);
    return;
  }
  const entries = Array.isArray(value) ? undefined : Object.entries(value);
  const all: readonly unknown[] = entries ?? Object.values(value);
  yield headOf(entries === undefined ? 'list' : 'map', all.length);
  for (let at = 0; at < all.length; at += piece) {
    const part = all.slice(at, at + piece);
    if (levels > 1) {
      for (const each of part) {
        if (entries === undefined || !isEntry(each)) yield* encodePieces(each, levels - 1);
        else {
          yield encode(each[0]);
          yield* encodePieces(each[1], levels - 1);
        }
      }
    } else {
      // The elements of the part without the head of the list or map that it is by itself.
      const flat = entries === undefined ? part : part.flat(1);
      const packed = encode(flat);
      yield packed.subarray(headOf('list', flat.length).length);
    }
  }
}

const isTakenApart = (value: object): boolean =>
  Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;

const isEntry = (value: unknown): value is [string, unknown] => Array.isArray(value);

/** As msgpackr writes them: short forms for lists alone. */
function headOf(kind: 'list' | 'map', length: number): Uint8Array {
  if (kind === 'list' && length < 16) return Uint8Array.of(0x90 | length);
  if (length > 0xffff && kind === 'map') throw new Error('a map has at most 65,535 entries');
  if (length > 0xffff) return Uint8Array.of(0xdd, ...bytesOf(length, 4));
  return Uint8Array.of(kind === 'list' ? 0xdc : 0xde, ...bytesOf(length, 2));
}

const bytesOf = (value: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => (value >>> (8 * (count - 1 - at))) & 0xff);
