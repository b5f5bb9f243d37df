/**
 * The tables of a store that is open before all of it is proven. A table is proven whole before an
 * answer counts that it may have a part in, and all of them are proven soon, one after the other,
 * whether anybody asks or not.
 *
 * Owns: the folder `unproven` below the store, with a link to each table that is not proven yet.
 * LevelDB merges tables and removes what it has merged, damage and all, under new CRCs: by its link
 * the old table can be proven all the same. The folder goes with the last of them.
 * Does not own: the store, or what becomes of a node whose table is damaged.
 *
 * Invariants:
 *   U1  An answer is read first, and then proven is what may have had a part in it: on each level
 *       the tables whose span of keys it touches, and for rows of a range their neighbours, where a
 *       reader ends up when it goes on; and whatever LevelDB has merged or moved since the open,
 *       which stands in the manifest before a reader can meet it.
 *   U2  A life that ends in order leaves links to merged tables only, and the next one proves these
 *       before it opens the store. One that did not is followed by one that proves everything
 *       first: if a damaged table ended it, it would do so again, and nobody would be told.
 */
import { linkSync, rmSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentManifest, type LiveTable, liveTables } from './manifest.ts';
import { syncFolder } from './replace-file.ts';
import {
  checkTables,
  isTable,
  numberOf,
  tableSteps,
  throwIf,
  unprovenFolder,
  wrongSize,
} from './table-check.ts';
import { type KeySpan, touched } from './table-span.ts';

/** Files that are linked at a stretch: some 2 ms. */
const linksPerStep = 128;
/** So long nothing is proven that nobody asks for: the node gets ready first. */
const patienceMsDefault = 1_000;
/** After a table it rests so many times as long as that took: an eighth of the time is its own. */
const restShare = 7;

interface Unproven extends LiveTable {
  readonly name: string;
}

/**
 * Holds on to all tables in the folder of a store that is closed, and that nobody else has open.
 * Undefined when they are all proven already. Rejects with a `DiskFailure` for damage.
 */
export async function holdTables(folder: string): Promise<UnprovenTables | undefined> {
  const links = join(folder, unprovenFolder);
  const live = await liveTables(folder);
  const left = (await readdir(links).catch((): string[] => [])).filter(isTable);
  const tables = (await readdir(folder)).flatMap((name) => tableOf(name, live));
  const isOrderly = !left.some((name) => live?.has(numberOf(name)));
  if (live !== undefined && isOrderly) {
    for (const name of left) await proveTable(join(links, name), undefined);
    await rm(links, { recursive: true, force: true });
    const isHeld = tables.length > 0 && (await linkAll(folder, tables));
    if (isHeld) return new UnprovenTables(folder, tables);
  }
  await checkTables(folder);
  await rm(links, { recursive: true, force: true });
  return undefined;
}

function tableOf(
  name: string,
  live: ReadonlyMap<number, LiveTable> | undefined,
): readonly Unproven[] {
  const known = isTable(name) ? live?.get(numberOf(name)) : undefined;
  return known === undefined ? [] : [{ ...known, name }];
}

/**
 * False where the file system has no links. They are durable at the end, so that no removal by
 * LevelDB comes first.
 */
async function linkAll(folder: string, tables: readonly Unproven[]): Promise<boolean> {
  const links = join(folder, unprovenFolder);
  await mkdir(links);
  let areLinked = true;
  await inSteps(tables, ({ name, bytes }) => {
    const path = join(folder, name);
    throwIf(path, statSync(path).size === bytes ? undefined : wrongSize);
    try {
      linkSync(path, join(links, name));
    } catch {
      areLinked = false;
    }
  });
  if (!areLinked) return false;
  await syncFolder(links);
  await syncFolder(folder);
  return true;
}

/** One call to the file system after the other costs a tenth of what waiting for each does. */
async function inSteps<T>(all: readonly T[], act: (one: T) => void): Promise<void> {
  for (let at = 0; at < all.length; at += linksPerStep) {
    for (const one of all.slice(at, at + linksPerStep)) act(one);
    await nextTurn();
  }
}

/** Lets others have their turn in between. `bytes` is what the manifest says of its size. */
async function proveTable(path: string, bytes: number | undefined): Promise<void> {
  const { buffer, byteOffset, byteLength } = await readFile(path);
  // Pieces of a Buffer cost more to take than those of plain bytes.
  const table = new Uint8Array(buffer, byteOffset, byteLength);
  throwIf(path, bytes === undefined || bytes === table.length ? undefined : wrongSize);
  const steps = tableSteps(table);
  let step = steps.next();
  for (; !step.done; step = steps.next()) await nextTurn();
  throwIf(path, step.value);
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class UnprovenTables {
  readonly #folder: string;
  /** As of the open. */
  readonly #all: readonly Unproven[];
  /** Those of them that are not proven yet, by number. */
  readonly #tables: Map<number, Unproven>;
  /** Proofs that are under way, or have failed. */
  readonly #proofs = new Map<number, Promise<void>>();
  /** Answers that wait for proofs. */
  readonly #asked = new Set<Promise<void>>();
  /** As of the manifest that was seen last. */
  #changed: { readonly seen: string; readonly tables: readonly Unproven[] } | undefined;
  #isOver = false;

  /** Use `holdTables`. */
  constructor(folder: string, tables: readonly Unproven[]) {
    this.#folder = folder;
    this.#all = tables;
    this.#tables = new Map(tables.map((table) => [table.number, table]));
  }

  get count(): number {
    return this.#tables.size;
  }

  get bytes(): number {
    return [...this.#tables.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Proves what is left, soon. Rejects for the first damage, or if the disk does. */
  async proveRest(patienceMs = patienceMsDefault): Promise<void> {
    await sleep(patienceMs, undefined, { ref: false });
    for (const table of [...this.#tables.values()]) {
      if (this.#isOver) return;
      const beganMs = performance.now();
      await this.#prove(table);
      await sleep(restShare * (performance.now() - beganMs), undefined, { ref: false });
    }
  }

  /** The answer, once all tables that may have a part in it are proven. */
  async vouchedFor<T>(answer: Promise<T>, spanOf: (found: T | undefined) => KeySpan): Promise<T> {
    if (this.#tables.size === 0) return answer;
    const proof = answer.then(
      (found) => this.#proveSpan(spanOf(found)),
      // A read that failed has met damage, if there is any, and not the weather.
      () => this.#proveSpan(spanOf(undefined)),
    );
    this.#asked.add(proof);
    await proof.finally(() => this.#asked.delete(proof));
    return answer;
  }

  /** For an orderly end, before the store is closed; answers that wait come first (U2). */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.allSettled([...this.#asked, ...this.#proofs.values()]);
    if (this.#tables.size === 0) return;
    const live = await liveTables(this.#folder);
    const kept = [...this.#tables.values()].filter(({ number }) => live?.has(number));
    await inSteps(kept, ({ name }) => rmSync(this.#linkTo(name), { force: true }));
    if (kept.length < this.#tables.size) return;
    await rm(join(this.#folder, unprovenFolder), { recursive: true, force: true });
  }

  async #proveSpan(span: KeySpan): Promise<void> {
    const changed = await this.#findChanged();
    for (const table of [...changed, ...touched(this.#all, span)]) await this.#prove(table);
  }

  /** Tables that are not any more where they were when the store was opened. */
  async #findChanged(): Promise<readonly Unproven[]> {
    const manifest = await currentManifest(this.#folder);
    const seen = manifest && `${manifest} ${(await stat(manifest)).size}`;
    if (seen !== undefined && seen === this.#changed?.seen) return this.#changed.tables;
    const live = await liveTables(this.#folder);
    const isAtHome = ({ number, level }: Unproven): boolean => live?.get(number)?.level === level;
    const tables = [...this.#tables.values()].filter((table) => !isAtHome(table));
    if (seen !== undefined) this.#changed = { seen, tables };
    return tables;
  }

  async #prove(table: Unproven): Promise<void> {
    const { number } = table;
    if (!this.#tables.has(number)) return;
    const proof = this.#proofs.get(number) ?? this.#proveNow(table);
    this.#proofs.set(number, proof);
    await proof;
  }

  async #proveNow({ number, name, bytes }: Unproven): Promise<void> {
    await proveTable(this.#linkTo(name), bytes);
    this.#tables.delete(number);
    this.#proofs.delete(number);
    await rm(this.#linkTo(name), { force: true });
    if (this.#tables.size > 0) return;
    await rm(join(this.#folder, unprovenFolder), { recursive: true, force: true });
  }

  #linkTo(name: string): string {
    return join(this.#folder, unprovenFolder, name);
  }
}
