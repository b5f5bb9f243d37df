/**
 * Proves LevelDB's tables. Each block of a table carries a CRC-32C, but LevelDB, as bound for Node,
 * cannot be told to look at it. The CRCs of our own values do not see everything: a flipped bit in
 * the number or the kind of a row's version brings an older value back, or a deleted row, or hides
 * one, and all that is left is whole (measured: 3 of 500 flips). The chain of the Raft log notices;
 * the ledger's rows know nothing of each other.
 *
 * Here is how a table is proven, and a whole store before it is opened; `unproven-tables.ts` has a
 * store that is opened before.
 *
 * Journal and manifest are not looked at: LevelDB does check those, and what it leaves out is
 * missed by marks and chain.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskFailure } from './disk-failure.ts';
import { liveTables } from './manifest.ts';
import { footerBytes, isWhole, placesIn, rootsIn } from './table-format.ts';

/**
 * Below a store: links to the tables that it was opened with and that are not proven yet. LevelDB
 * leaves alone what it does not know.
 */
export const unprovenFolder = 'unproven';

/** Names of files that are tables. */
export const isTable = (name: string): boolean => /^\d+\.(ldb|sst)$/.test(name);

export const numberOf = (table: string): number => Number.parseInt(table, 10);

/** Rejects with a `DiskFailure` for the first damaged table in the folder of a store. */
export async function checkTables(folder: string): Promise<void> {
  const names = await readdir(folder);
  const live = await liveTables(folder);
  for (const name of names.filter(isTable).sort()) {
    const known = live?.get(numberOf(name));
    // What a crash has left half written belongs to nothing.
    if (live !== undefined && known === undefined) continue;
    const table = await readFile(join(folder, name));
    const isCut = known !== undefined && known.bytes !== table.length;
    throwIf(join(folder, name), isCut ? wrongSize : tableProblem(table));
  }
  if (!names.includes(unprovenFolder)) return;
  // What an earlier life had not proven may be a part of newer tables since.
  for (const name of (await readdir(join(folder, unprovenFolder))).filter(isTable).sort()) {
    const path = join(folder, unprovenFolder, name);
    if (!live?.has(numberOf(name))) throwIf(path, tableProblem(await readFile(path)));
  }
}

export const wrongSize = 'it has not the size that the manifest says';

export function throwIf(path: string, problem: string | undefined): void {
  if (problem === undefined) return;
  throw new DiskFailure('corrupt', `the table ${path} is damaged: ${problem}`);
}

/** What is wrong with a table; undefined when every byte that matters is what was written. */
export function tableProblem(table: Uint8Array): string | undefined {
  const steps = tableSteps(table);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** Bytes that are proven at a stretch: some 0.3 ms. */
const stepBytes = 512 * 1024;

/** The same in steps, for a thread that has something else to do. */
export function* tableSteps(table: Uint8Array): Generator<void, string | undefined> {
  const roots = rootsIn(table);
  if (roots === undefined) return 'its footer is not one';
  let covered = 0;
  let untilYield = stepBytes;
  for (const root of [roots.meta, roots.index]) {
    const leaves = placesIn(table.subarray(root.offset, root.offset + root.length));
    if (leaves === undefined) return `its index at ${root.offset} is not what was written`;
    covered += root.length;
    for (const { offset, length } of leaves) {
      if (!isWhole(table.subarray(offset, offset + length)))
        return `its block at ${offset} is not what was written`;
      covered += length;
      untilYield -= length;
      if (untilYield > 0) continue;
      yield;
      untilYield = stepBytes;
    }
  }
  // Blocks stand one behind the other, so none was left out if they fill the file.
  return covered === table.length - footerBytes ? undefined : 'its blocks do not fill it';
}
