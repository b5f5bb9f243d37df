/**
 * One path that triggers name, watched: its folder need not be there yet, and may go and come back.
 *
 * Owns: the watcher, or the timer that waits for the folder. Does not own: what a file means.
 *
 * P1  A file is told of when it has stopped growing, also one that is found at the start.
 * P2  Of the files that are found at the start the newest are told of, oldest first.
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import type { Trace } from '../../base/trace.ts';
import { pathFits, watchedFolder } from '../../model/trigger-match.ts';

export interface FoundFile {
  readonly path: string;
  readonly stats: Stats;
}

export interface WatchedPathOptions {
  /** Absolute; may hold `*`, `?` and `**`. */
  readonly pattern: string;
  readonly found: (file: FoundFile) => void;
  readonly trace: Trace;
}

/** A file that has not grown for this long is there. */
const stableMs = 500;
const stablePollMs = 100;
/** How often a folder that is not there is looked for. */
const folderPollMs = 1_000;
/** P2. */
const atStartMax = 500;

export class WatchedPath {
  readonly #options: WatchedPathOptions;
  readonly #folder: string;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: WatchedPathOptions) {
    const { pattern } = options;
    this.#options = options;
    const watched = watchedFolder(pattern);
    this.#folder = watched === pattern ? dirname(pattern) : watched;
    void this.#begin();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#watcher?.close();
  }

  async #begin(): Promise<void> {
    const isThere = await stat(this.#folder).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (this.#closed) return;
    if (isThere) this.#watch();
    else this.#timer = setTimeout(() => void this.#begin(), folderPollMs).unref();
  }

  #watch(): void {
    const { pattern, found, trace } = this.#options;
    const watcher = watch(this.#folder, {
      awaitWriteFinish: { stabilityThreshold: stableMs, pollInterval: stablePollMs },
      ignored: (path, stats) => stats?.isFile() === true && !pathFits(pattern, path),
      alwaysStat: true,
      ...(pattern.includes('**') ? {} : { depth: depthOf(pattern, this.#folder) }),
    });
    this.#watcher = watcher;
    let early: FoundFile[] | undefined = [];
    const came = (path: string, stats: Stats | undefined): void => {
      if (stats === undefined || !pathFits(pattern, path)) return;
      if (early === undefined) found({ path, stats });
      else early.push({ path, stats });
    };
    watcher.on('add', came);
    watcher.on('change', came);
    watcher.on('ready', () => {
      this.#foundAtStart(early ?? []);
      early = undefined;
    });
    watcher.on('unlinkDir', (path) => {
      if (path === this.#folder) void this.#beginAgain(watcher);
    });
    watcher.on('error', (error) => {
      trace('warn', 'events.watch-failed', { pattern, reason: String(error) });
    });
  }

  async #beginAgain(watcher: FSWatcher): Promise<void> {
    await watcher.close();
    if (!this.#closed) await this.#begin();
  }

  #foundAtStart(files: readonly FoundFile[]): void {
    const byAge = files.toSorted((left, right) => left.stats.mtimeMs - right.stats.mtimeMs);
    const passedOver = Math.max(0, byAge.length - atStartMax);
    if (passedOver > 0) {
      const { pattern, trace } = this.#options;
      trace('warn', 'events.old-files-passed-over', { pattern, count: passedOver });
    }
    const newest = byAge.slice(passedOver);
    if (newest.length > 0) this.#timer = setTimeout(() => void this.#tellOf(newest), stableMs);
  }

  /** P1. Of one that has grown since, the watcher tells when it has stopped. */
  async #tellOf(files: readonly FoundFile[]): Promise<void> {
    for (const { path, stats } of files) {
      const now = await stat(path).catch(() => undefined);
      if (this.#closed) return;
      const isSame = now?.size === stats.size && now.mtimeMs === stats.mtimeMs;
      if (isSame) this.#options.found({ path, stats });
    }
  }
}

/** Folders below the watched one that a path may lie in. */
const depthOf = (pattern: string, folder: string): number =>
  pattern.split('/').length - folder.replace(/\/$/, '').split('/').length - 1;
