/**
 * Files as a source of events: each path that triggers name is watched. The key of a file is its
 * path, size and time of change, so the same file counts once, however often a node starts and
 * however many nodes see it.
 *
 * Environment: `CHOKIDAR_USEPOLLING=1` looks again and again instead of asking the system, for
 * network mounts that do not tell of changes.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Trace } from '../../base/trace.ts';
import { triggerLimits } from '../../model/trigger.ts';
import { type FoundFile, WatchedPath } from './watched-path.ts';

export interface FileSeen {
  readonly path: string;
  readonly key: string;
  /** JSON text. */
  readonly payload: string;
}

export interface FileWatchOptions {
  readonly seen: (file: FileSeen) => void;
  readonly trace: Trace;
}

/** Paths of one node. */
const watchesMax = 256;

export class FileWatches {
  readonly #options: FileWatchOptions;
  readonly #watches = new Map<string, WatchedPath>();

  constructor(options: FileWatchOptions) {
    this.#options = options;
  }

  /** From now on exactly these patterns are watched. */
  watch(patterns: ReadonlySet<string>): void {
    for (const [pattern, watched] of this.#watches) {
      if (patterns.has(pattern)) continue;
      this.#watches.delete(pattern);
      void watched.close();
    }
    const { trace, seen } = this.#options;
    for (const pattern of patterns) {
      if (this.#watches.has(pattern)) continue;
      if (this.#watches.size >= watchesMax) {
        trace('warn', 'events.too-many-watches', { limit: watchesMax, pattern });
        return;
      }
      const found = (file: FoundFile): void => seen(fileSeen(file));
      this.#watches.set(pattern, new WatchedPath({ pattern, found, trace }));
    }
  }

  async close(): Promise<void> {
    const watches = [...this.#watches.values()];
    this.#watches.clear();
    await Promise.all(watches.map((watched) => watched.close()));
  }
}

function fileSeen({ path, stats: { size, mtimeMs } }: FoundFile): FileSeen {
  const full = `${path}:${size}:${mtimeMs}`;
  const isLong = full.length > triggerLimits.keyCharacters;
  const key = isLong ? createHash('sha256').update(full).digest('hex') : full;
  const modifiedAt = new Date(mtimeMs).toISOString();
  return { path, key, payload: JSON.stringify({ path, name: basename(path), size, modifiedAt }) };
}
