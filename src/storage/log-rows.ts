/**
 * How one entry lies in the store. LevelDB may lose a batch from the middle of its file and open as
 * if nothing were wrong, and may return a wrong value without an error. So a row carries its own
 * index and term, and a CRC32 that is chained: it covers the CRC of the row before. A row that was
 * changed fails by itself, a row that is missing or from another history fails by its neighbour.
 *
 * Layout, big-endian: CRC of this row (4 bytes), CRC of the row before (4), index (8), term (8),
 * payload. The CRC covers everything behind itself. Index and term are written as doubles, which
 * hold every safe integer exactly.
 */
import { crc32 } from 'node:zlib';
import { logIndex, term } from '../base/brand.ts';
import type { StoreRow } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Entry } from '../raft/log-store.ts';
import { entryKey } from './keyspace.ts';
import type { LogPlace } from './log-mark.ts';

const headerBytes = 24;

/** An entry as found, with the links of its chain. */
export interface LinkedEntry {
  readonly entry: Entry;
  /** The chained CRC of the entry before; 0 for the first. */
  readonly previous: number;
  readonly chain: number;
}

/** Where the entry stands. */
export const placeOfEntry = ({ entry, chain }: LinkedEntry): LogPlace => ({
  index: entry.index,
  term: entry.term,
  chain,
});

/** The row of `entry`, and the chained CRC that the next entry builds upon. */
export function encodeEntry(
  entry: Entry,
  previous: number,
): { readonly row: Uint8Array; readonly chain: number } {
  const row = Buffer.allocUnsafe(headerBytes + entry.payload.length);
  row.writeUInt32BE(previous, 4);
  row.writeDoubleBE(entry.index, 8);
  row.writeDoubleBE(entry.term, 16);
  row.set(entry.payload, headerBytes);
  const chain = crc32(row.subarray(4));
  row.writeUInt32BE(chain, 0);
  return { row, chain };
}

/** The error is a clause that says what is wrong with the row. */
export function decodeEntry({ key, value }: StoreRow): Result<LinkedEntry, string> {
  if (value.length < headerBytes) return fail(`it has only ${value.length} bytes`);
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const chain = view.getUint32(0);
  if (crc32(value.subarray(4)) !== chain) return fail('its CRC does not match its bytes');
  const index = logIndex(view.getFloat64(8));
  if (entryKey(index) !== key) return fail(`it holds entry ${index}`);
  const payload = value.subarray(headerBytes);
  const entry = { index, term: term(view.getFloat64(16)), payload };
  return ok({ entry, previous: view.getUint32(4), chain });
}
