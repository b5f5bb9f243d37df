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

/** Undefined when it is not known: the manifest is not as we know it. */
export async function liveTables(folder: string): Promise<ReadonlySet<number> | undefined> {
  const current = await readFile(join(folder, 'CURRENT'), 'utf8').catch(() => '');
  const name = current.trim();
  if (!/^MANIFEST-\d+$/.test(name)) return undefined;
  const bytes = await readFile(join(folder, name)).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const live = new Set<number>();
  for (const record of recordsOf(bytes)) if (!applyEdit(record, live)) return undefined;
  return live;
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

/** False when the record is not one that we know. */
function applyEdit(record: Uint8Array, live: Set<number>): boolean {
  for (let at = 0; at < record.length; ) {
    const tag = varint(record, at);
    const shape = tag && shapes[tag.value];
    if (tag === undefined || shape === undefined) return false;
    const numbers: number[] = [];
    at = tag.next;
    for (const part of shape) {
      const number = varint(record, at);
      if (number === undefined) return false;
      numbers.push(number.value);
      at = part === 't' ? number.next + number.value : number.next;
    }
    const table = numbers[1] ?? 0;
    if (tag.value === removed) live.delete(table);
    if (tag.value === added) live.add(table);
  }
  return true;
}
