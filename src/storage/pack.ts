/**
 * Packed values: every value of the ledger carries a CRC-32 of itself and of its key, because
 * LevelDB may give back a flipped bit, or another key's value, without a word (measured: one bit
 * flipped in a table came back as a wrong value and no error; P43).
 *
 * Layout: four bytes of CRC, big-endian, then msgpack.
 */
import { crc32 } from 'node:zlib';
import { decode, encode, encodeCompact, encodePieces } from '../base/codec.ts';
import type { DiskError, StoreRow } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { DiskFailure } from './disk-failure.ts';

const crcBytes = 4;

/** The bytes to store under `key`. */
export function packValue(key: string, value: unknown): Uint8Array {
  return sealed(key, [encode(value)]);
}

/** The same for a list of many rows that are alike, or an object that holds one. */
export function packAlike(key: string, value: unknown): Uint8Array {
  return sealed(key, [encodeCompact(value)]);
}

/**
 * As `packValue` does it, in steps, for a large value: lists and maps down to `levels` are taken
 * apart.
 */
export function* packSteps(
  key: string,
  value: unknown,
  levels: number,
): Generator<void, Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (const piece of encodePieces(value, levels)) {
    pieces.push(piece);
    yield;
  }
  return sealed(key, pieces);
}

function sealed(key: string, pieces: readonly Uint8Array[]): Uint8Array {
  const packed = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, crcBytes));
  let at = crcBytes;
  for (const piece of pieces) {
    packed.set(piece, at);
    at += piece.length;
  }
  new DataView(packed.buffer).setUint32(0, checksum(key, packed.subarray(crcBytes)));
  return packed;
}

/** What was packed. Bytes that are not what was written under that key are a storage error. */
export function unpackValue<T>(row: StoreRow): Result<T, DiskError> {
  const error = checkValue(row);
  return error === undefined ? ok(decode<T>(row.value.subarray(crcBytes))) : fail(error);
}

/** Whether the bytes are what was written under that key; cheaper than unpacking them. */
export function checkValue({ key, value }: StoreRow): DiskError | undefined {
  if (value.length <= crcBytes) return damaged(key);
  const stored = new DataView(value.buffer, value.byteOffset, crcBytes).getUint32(0);
  return stored === checksum(key, value.subarray(crcBytes)) ? undefined : damaged(key);
}

const checksum = (key: string, payload: Uint8Array): number => crc32(payload, crc32(key));

const damaged = (key: string): DiskError =>
  new DiskFailure('corrupt', `ledger: the value of "${key}" is not what was written`);
