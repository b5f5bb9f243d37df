/**
 * Looks for files: succeeds when there is one, and tells which. As a sensor it looks again and
 * again; each look is an attempt of its own. It reads names, sizes and times, never contents.
 */
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/ports.ts';
import { outputBytesMax } from '../../model/output.ts';
import type { FileStat, Files } from '../files.ts';
import { parsePath, type Segment } from '../path-pattern.ts';
import { failedWith, type RunEvent, type Runner, type RunResult, succeeded } from '../runner.ts';

export interface FileTools {
  readonly clock: Clock;
  readonly files: Files;
}

/** Files that the output lists. */
export const filesListedMax = 100;
/** Names that one look goes through. */
export const namesLookedAtMax = 10_000;

export const fileRunner = (tools: FileTools): Runner => ({
  start({ action }, observe) {
    assert(action.kind === 'file', 'the registry gives each runner its own kind');
    const { path } = action;
    const segments = parsePath(path);
    if (!segments.ok) {
      const result = failedWith(segments.error, { retryable: false, errorClass: 'path_invalid' });
      tools.clock.soon(() => observe({ kind: 'ended', result }));
      return { stop: () => {} };
    }
    const look = new Look({ tools, path, observe });
    tools.clock.soon(() => {
      observe({ kind: 'started' });
      look.descend([''], segments.value);
    });
    return look;
  },
});

interface Found extends FileStat {
  readonly path: string;
}

/** The folders of one level, one after the other. */
interface Listing {
  readonly folders: readonly string[];
  readonly at: number;
  readonly fits: (name: string) => boolean;
  readonly found: string[];
}

/** One look: down the path, name by name, then at what stands there. */
class Look {
  readonly #options: {
    readonly tools: FileTools;
    readonly path: string;
    readonly observe: (event: RunEvent) => void;
  };
  #stopped = false;
  #looked = 0;

  constructor(options: {
    readonly tools: FileTools;
    readonly path: string;
    readonly observe: (event: RunEvent) => void;
  }) {
    this.#options = options;
  }

  /** A look is short: it ends with the name that it is at. */
  stop(): void {
    this.#stopped = true;
  }

  /** `folders` have been found so far; `''` is the root. */
  descend(folders: readonly string[], segments: readonly Segment[]): void {
    const [segment, ...rest] = segments;
    if (segment === undefined) {
      this.#stat([...folders].sort(), 0, []);
      return;
    }
    if (segment.kind === 'name') {
      this.descend(
        folders.map((folder) => `${folder}/${segment.name}`),
        rest,
      );
      return;
    }
    const found: string[] = [];
    this.#list({ folders, at: 0, fits: segment.fits, found }, () => this.descend(found, rest));
  }

  #list(listing: Listing, done: () => void): void {
    const { folders, at, fits, found } = listing;
    const folder = folders[at];
    if (folder === undefined) {
      done();
      return;
    }
    this.#options.tools.files.list(folder === '' ? '/' : folder, (result) => {
      if (this.#isOver(result.ok ? result.value.length : 0)) return;
      // A folder that may not be read, or is a file, holds nothing for us.
      const names = result.ok ? result.value.filter(fits) : [];
      for (const name of names) found.push(`${folder}/${name}`);
      this.#list({ ...listing, at: at + 1 }, done);
    });
  }

  #stat(paths: readonly string[], at: number, found: Found[]): void {
    const path = paths[at];
    if (path === undefined || found.length > filesListedMax) {
      this.#end(this.#resultOf(found));
      return;
    }
    this.#options.tools.files.stat(path, (result) => {
      if (this.#isOver(1)) return;
      if (result.ok && result.value?.isFile) found.push({ ...result.value, path });
      this.#stat(paths, at + 1, found);
    });
  }

  /** Ends the look when it was stopped, or goes through too many names. */
  #isOver(names: number): boolean {
    this.#looked += names;
    if (this.#stopped) {
      this.#end(failedWith('stopped while it looked', { retryable: true }));
      return true;
    }
    if (this.#looked <= namesLookedAtMax) return false;
    const reason = `more than ${namesLookedAtMax} names have to be looked at; narrow the path`;
    this.#end(failedWith(reason, { retryable: false, errorClass: 'path_invalid' }));
    return true;
  }

  #resultOf(found: readonly Found[]): RunResult {
    const { path } = this.#options;
    if (found.length > 0) return succeeded(outputText(path, found));
    return failedWith(`not there yet: ${path}`, { retryable: true, errorClass: 'not_there' });
  }

  #end(result: RunResult): void {
    this.#options.observe({ kind: 'ended', result });
  }
}

/** As many files as an output has room for, in the order of their paths. */
function outputText(path: string, found: readonly Found[]): string {
  const files = found.slice(0, filesListedMax).map((file) => ({
    path: file.path,
    size: file.sizeBytes,
    mtime: new Date(file.changedAt).toISOString(),
  }));
  for (;;) {
    const text = JSON.stringify({ path, files, more: files.length < found.length });
    const bytes = new TextEncoder().encode(text).length;
    if (bytes <= outputBytesMax || files.length === 0) return text;
    files.pop();
  }
}
