/**
 * A page of the ledger: rows in order of key, as they travel in a snapshot. A page's body is its
 * rows, one behind the other; so all bodies in order are the same bytes however the rows were cut
 * into pages, and one digest over them proves the whole.
 *
 * A row is: length of the key (2 bytes, big-endian), length of the value (4), key, value.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { StoreRow } from '../base/ports.ts';

/** A page is cut before the row that would make it longer; a longer row travels alone. */
export const pageBytesMax = 256 * 1024;

const headerBytes = 6;

export interface LedgerPage {
  /** 0, 1, 2… */
  readonly number: number;
  readonly body: Uint8Array;
  /** CRC-32 of the body. */
  readonly crc: number;
  /** On the last page, the digest of all bodies; else null. */
  readonly digest: string | null;
}

/** What `row` takes of a page. Keys are ASCII, so their length is that of their bytes. */
export const rowBytes = ({ key, value }: StoreRow): number =>
  headerBytes + key.length + value.length;

export function encodeRows(rows: readonly StoreRow[]): Uint8Array {
  const body = Buffer.allocUnsafe(rows.reduce((sum, row) => sum + rowBytes(row), 0));
  let at = 0;
  for (const { key, value } of rows) {
    body.writeUInt16BE(key.length, at);
    body.writeUInt32BE(value.length, at + 2);
    body.write(key, at + headerBytes, 'latin1');
    body.set(value, at + headerBytes + key.length);
    at += headerBytes + key.length + value.length;
  }
  return body;
}

/** The values are views into `bytes`. Undefined when the bytes are no rows. */
function decodeRows(bytes: Uint8Array): readonly StoreRow[] | undefined {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: StoreRow[] = [];
  let at = 0;
  while (at < body.length) {
    if (at + headerBytes > body.length) return undefined;
    const keyAt = at + headerBytes;
    const valueAt = keyAt + body.readUInt16BE(at);
    const end = valueAt + body.readUInt32BE(at + 2);
    if (end > body.length) return undefined;
    rows.push({ key: body.toString('latin1', keyAt, valueAt), value: body.subarray(valueAt, end) });
    at = end;
  }
  return rows;
}

export const pageChecksum = (body: Uint8Array): number => crc32(body);

/** The rows of a page that arrived, or undefined when it is not what was sent. */
export const rowsOfPage = ({ body, crc }: LedgerPage): readonly StoreRow[] | undefined =>
  pageChecksum(body) === crc ? decodeRows(body) : undefined;

/** The digest of bodies, in order. */
export class PagesDigest {
  readonly #hash = createHash('sha256');

  add(body: Uint8Array): void {
    this.#hash.update(body);
  }

  /** Hexadecimal. Once; nothing is added afterwards. */
  end(): string {
    return this.#hash.digest('hex');
  }
}
