/**
 * Which tables of a LevelDB folder are live. A crash leaves tables behind that were being written:
 * half of one is no damage, because nothing refers to it, and LevelDB removes it when it opens.
 *
 * Formats: https://github.com/google/leveldb/blob/main/doc/log_format.md for the file, and
 * VersionEdit in db/version_edit.cc for its records: a list of tags and what belongs to them.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { varint } from './snappy.ts';

const blockBytes = 32_768;
/** CRC (4), length (2), kind (1). */
const headerBytes = 7;
const kinds = { full: 1, first: 2, last: 4 } as const;

/** A table as the manifest knows it; its keys are those of rows, both ends inclusive. */
export interface LiveTable {
  readonly number: number;
  readonly level: number;
  readonly bytes: number;
  readonly firstKey: string;
  readonly lastKey: string;
}

/** By number. Undefined when it is not known: the manifest is not as we know it. */
export async function liveTables(
  folder: string,
): Promise<ReadonlyMap<number, LiveTable> | undefined> {
  const path = await currentManifest(folder);
  const bytes = path === undefined ? path : await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const live = new Map<number, LiveTable>();
  for (const record of recordsOf(bytes)) if (!applyEdit(record, live)) return undefined;
  return live;
}

/** The path of the manifest that is in use. */
export async function currentManifest(folder: string): Promise<string | undefined> {
  const current = await readFile(join(folder, 'CURRENT'), 'utf8').catch(() => '');
  const name = current.trim();
  return /^MANIFEST-\d+$/.test(name) ? join(folder, name) : undefined;
}

/** Whole records; one that the end of the file cuts off was never acknowledged. */
function* recordsOf(bytes: Uint8Array): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  for (let at = 0; at + headerBytes <= bytes.length; ) {
    const left = blockBytes - (at % blockBytes);
    if (left < headerBytes) {
      at += left;
      continue;
    }
    const length = (bytes[at + 4] ?? 0) | ((bytes[at + 5] ?? 0) << 8);
    const kind = bytes[at + 6] ?? 0;
    const end = at + headerBytes + length;
    if (kind === 0 || end > bytes.length) return;
    if (kind === kinds.full || kind === kinds.first) parts = [];
    parts.push(bytes.subarray(at + headerBytes, end));
    if (kind === kinds.full || kind === kinds.last) yield Buffer.concat(parts);
    at = end;
  }
}

/** What stands behind a tag: numbers (`n`) and texts with their length before them (`t`). */
const shapes: Readonly<Record<number, string>> = {
  1: 't', // comparator
  2: 'n', // log
  3: 'n', // next file
  4: 'n', // last sequence
  5: 'nt', // compaction pointer: level, key
  6: 'nn', // table removed: level, number
  7: 'nnntt', // table added: level, number, size, first key, last key
  9: 'n', // log before
};
const removed = 6;
const added = 7;

/** Behind the key of a row: the number of its version and what it is. */
const versionBytes = 8;

/** False when the record is not one that we know. */
function applyEdit(record: Uint8Array, live: Map<number, LiveTable>): boolean {
  for (let at = 0; at < record.length; ) {
    const tag = varint(record, at);
    const shape = tag && shapes[tag.value];
    if (tag === undefined || shape === undefined) return false;
    const numbers: number[] = [];
    const texts: string[] = [];
    at = tag.next;
    for (const part of shape) {
      const value = varint(record, at);
      if (value === undefined) return false;
      at = value.next;
      if (part === 'n') numbers.push(value.value);
      else texts.push(keyOf(record.subarray(at, at + value.value)));
      if (part === 't') at += value.value;
    }
    const [level = 0, number = 0, bytes = 0] = numbers;
    const [firstKey = '', lastKey = ''] = texts;
    if (tag.value === removed) live.delete(number);
    if (tag.value === added) live.set(number, { number, level, bytes, firstKey, lastKey });
  }
  return true;
}

/** Keys are ASCII (`Store`), so these texts sort as LevelDB sorts the bytes. */
const keyOf = (text: Uint8Array): string =>
  Buffer.from(text.buffer, text.byteOffset, Math.max(0, text.length - versionBytes)).toString(
    'latin1',
  );
