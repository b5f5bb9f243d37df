/** `Files` in memory: for the simulator and for tests. Each answer is an event of its own. */
import type { WallMs } from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';
import { ok } from '../base/result.ts';
import type { Files } from './files.ts';

export class MemoryFiles implements Files {
  readonly #clock: Clock;
  readonly #directories = new Set<string>();
  readonly #files = new Map<string, Uint8Array>();
  readonly #changedAt = new Map<string, WallMs>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  makeDirectory(path: string, done: (error: string | undefined) => void): void {
    for (let at = path; at !== ''; at = parentOf(at)) this.#directories.add(at);
    this.#clock.soon(() => done(undefined));
  }

  writeFile(path: string, content: string, done: (error: string | undefined) => void): void {
    const known = this.#directories.has(parentOf(path));
    if (known) this.#put(path, new TextEncoder().encode(content));
    this.#clock.soon(() => done(known ? undefined : `no such directory: ${parentOf(path)}`));
  }

  readPart(...[path, range, done]: Parameters<Files['readPart']>): void {
    const file = this.#files.get(path);
    this.#clock.soon(() => {
      if (file === undefined) return done(ok(undefined));
      const from = range.offset < 0 ? Math.max(0, file.length + range.offset) : range.offset;
      const bytes = file.slice(from, from + range.bytesMax);
      done(ok({ bytes, sizeBytes: file.length }));
    });
  }

  stat(path: string, done: Parameters<Files['stat']>[1]): void {
    const file = this.#files.get(path);
    const isThere = file !== undefined || this.#directories.has(path);
    const changedAt = this.#changedAt.get(path) ?? this.#clock.wallMs();
    const found = { isFile: file !== undefined, sizeBytes: file?.length ?? 0, changedAt };
    this.#clock.soon(() => done(ok(isThere ? found : undefined)));
  }

  list(path: string, done: Parameters<Files['list']>[1]): void {
    const names = [...this.#directories, ...this.#files.keys()]
      .filter((entry) => parentOf(entry) === path)
      .map((entry) => entry.slice(path.length + 1));
    this.#clock.soon(() => done(ok(names)));
  }

  /** What a simulated process writes: appended, the file made if it is not there. */
  append(path: string, text: string): void {
    const before = this.#files.get(path) ?? new Uint8Array();
    const added = new TextEncoder().encode(text);
    const joined = new Uint8Array(before.length + added.length);
    joined.set(before);
    joined.set(added, before.length);
    this.#put(path, joined);
  }

  #put(path: string, content: Uint8Array): void {
    this.#files.set(path, content);
    this.#changedAt.set(path, this.#clock.wallMs());
  }

  /** The whole content as text; undefined if there is no such file. */
  text(path: string): string | undefined {
    const file = this.#files.get(path);
    return file === undefined ? undefined : new TextDecoder().decode(file);
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
