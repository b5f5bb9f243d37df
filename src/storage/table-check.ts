/**
 * Proves LevelDB's tables before anything reads them. Each block of a table carries a CRC-32C, but
 * LevelDB, as bound for Node, cannot be told to look at it. The CRCs of our own values do not see
 * everything: a flipped bit in the number or the kind of a row's version brings an older value
 * back, or a deleted row, or hides one, and all that is left is whole (measured: 3 of 500 flips).
 * The chain of the Raft log notices; the ledger's rows know nothing of each other.
 *
 * Format: https://github.com/google/leveldb/blob/main/doc/table_format.md. Journal and manifest are
 * not looked at: LevelDB does check those, and what it leaves out is missed by marks and chain.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from './crc32c.ts';
import { DiskFailure } from './disk-failure.ts';
import { liveTables } from './manifest.ts';
import { unsnappy, varint } from './snappy.ts';

/** Rejects with a `DiskFailure` for the first damaged live table in the folder of a store. */
export async function checkTables(folder: string): Promise<void> {
  const names = await readdir(folder);
  const live = await liveTables(folder);
  for (const name of names.filter((each) => /^\d+\.(ldb|sst)$/.test(each)).sort()) {
    // What a crash has left half written belongs to nothing.
    if (live !== undefined && !live.has(Number.parseInt(name, 10))) continue;
    const problem = tableProblem(await readFile(join(folder, name)));
    if (problem === undefined) continue;
    throw new DiskFailure('corrupt', `the table ${join(folder, name)} is damaged: ${problem}`);
  }
}

const footerBytes = 48;
const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** Behind each block: its compression (1) and its CRC (4). */
const trailerBytes = 5;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** What is wrong with a table; undefined when every byte that matters is what was written. */
export function tableProblem(table: Uint8Array): string | undefined {
  const footer = table.subarray(Math.max(0, table.length - footerBytes));
  const isTable = magic.every((byte, at) => footer[footerBytes - magic.length + at] === byte);
  const meta = handleAt(footer, 0);
  const index = meta && handleAt(footer, meta.next);
  if (!isTable || meta === undefined || index === undefined) return 'its footer is not one';
  let covered = 0;
  for (const root of [meta, index]) {
    const block = blockAt(table, root);
    const leaves = block && handlesIn(block);
    if (leaves === undefined) return `its index at ${root.offset} is not what was written`;
    covered += root.size + trailerBytes;
    for (const leaf of leaves) {
      if (!isWhole(table, leaf)) return `its block at ${leaf.offset} is not what was written`;
      covered += leaf.size + trailerBytes;
    }
  }
  // Blocks stand one behind the other, so none was left out if they fill the file.
  return covered === table.length - footerBytes ? undefined : 'its blocks do not fill it';
}

function handleAt(bytes: Uint8Array, at: number): (Handle & { readonly next: number }) | undefined {
  const offset = varint(bytes, at);
  const size = offset && varint(bytes, offset.next);
  return size && offset && { offset: offset.value, size: size.value, next: size.next };
}

function isWhole(table: Uint8Array, { offset, size }: Handle): boolean {
  const end = offset + size + trailerBytes;
  if (end > table.length - footerBytes) return false;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  // The CRC covers the compression too, and is masked: it lies among bytes that are summed again.
  const masked = view.getUint32(end - 4, true);
  const rotated = (masked - 0xa282ead8) >>> 0;
  const stored = ((rotated >>> 17) | (rotated << 15)) >>> 0;
  return crc32c(table.subarray(offset, end - 4)) === stored;
}

/** The content of a block that is whole. */
function blockAt(table: Uint8Array, handle: Handle): Uint8Array | undefined {
  if (!isWhole(table, handle)) return undefined;
  const content = table.subarray(handle.offset, handle.offset + handle.size);
  switch (table[handle.offset + handle.size]) {
    case 0:
      return content;
    case 1:
      return unsnappy(content);
    default:
      return undefined;
  }
}

/** The handles that an index block holds as its values. */
function handlesIn(block: Uint8Array): readonly Handle[] | undefined {
  if (block.length < 4) return undefined;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const restarts = view.getUint32(block.length - 4, true);
  const end = block.length - 4 * (restarts + 1);
  const handles: Handle[] = [];
  let at = 0;
  while (at < end) {
    const shared = varint(block, at);
    const unshared = shared && varint(block, shared.next);
    const length = unshared && varint(block, unshared.next);
    if (unshared === undefined || length === undefined) return undefined;
    const value = length.next + unshared.value;
    const handle = handleAt(block, value);
    if (handle === undefined) return undefined;
    handles.push(handle);
    at = value + length.value;
  }
  return handles;
}
