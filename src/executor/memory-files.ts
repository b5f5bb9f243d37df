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
  /** Bytes of holes. */
  readonly #holes = new Map<string, number>();

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
    const sizeBytes = file?.length ?? 0;
    const diskBytes = sizeBytes - (this.#holes.get(path) ?? 0);
    const found = { isFile: file !== undefined, sizeBytes, diskBytes, changedAt };
    this.#clock.soon(() => done(ok(isThere ? found : undefined)));
  }

  list(path: string, done: Parameters<Files['list']>[1]): void {
    const names = [...this.#directories, ...this.#files.keys()]
      .filter((entry) => parentOf(entry) === path)
      .map((entry) => entry.slice(path.length + 1));
    this.#clock.soon(() => done(ok(names)));
  }

  writeAt(...[path, { offset, bytes }, done]: Parameters<Files['writeAt']>): void {
    const known = this.#directories.has(parentOf(path));
    if (known) this.#write(path, offset, bytes);
    this.#clock.soon(() => done(known ? undefined : `no such directory: ${parentOf(path)}`));
  }

  append(path: string, content: string, done: (error: string | undefined) => void): void {
    const known = this.#directories.has(parentOf(path));
    if (known) this.print(path, content);
    this.#clock.soon(() => done(known ? undefined : `no such directory: ${parentOf(path)}`));
  }

  punchHole(...[path, { offset, bytes }, done]: Parameters<Files['punchHole']>): void {
    const file = this.#files.get(path);
    if (file !== undefined) {
      const punched = file.slice();
      punched.fill(0, offset, offset + bytes);
      this.#files.set(path, punched);
      this.#holes.set(path, (this.#holes.get(path) ?? 0) + bytes);
    }
    this.#clock.soon(() => done(file === undefined ? `no such file: ${path}` : undefined));
  }

  flush(path: string, done: (error: string | undefined) => void): void {
    const isThere = this.#files.has(path);
    this.#clock.soon(() => done(isThere ? undefined : `no such file: ${path}`));
  }

  remove(path: string, done: (error: string | undefined) => void): void {
    const isIn = (entry: string): boolean => entry === path || entry.startsWith(`${path}/`);
    for (const entry of [...this.#directories]) if (isIn(entry)) this.#directories.delete(entry);
    for (const entry of [...this.#files.keys()]) if (isIn(entry)) this.#files.delete(entry);
    this.#clock.soon(() => done(undefined));
  }

  removeIfEmpty(path: string, done: (error: string | undefined) => void): void {
    const entries = [...this.#directories, ...this.#files.keys()];
    const holds = entries.some((entry) => parentOf(entry) === path);
    if (!holds) this.#directories.delete(path);
    this.#clock.soon(() => done(holds ? `the directory is not empty: ${path}` : undefined));
  }

  /** What a simulated process writes: appended, the file made if it is not there. */
  print(path: string, text: string): void {
    this.#write(path, this.#files.get(path)?.length ?? 0, new TextEncoder().encode(text));
  }

  #write(path: string, offset: number, bytes: Uint8Array): void {
    const before = this.#files.get(path) ?? new Uint8Array();
    const joined = new Uint8Array(Math.max(before.length, offset + bytes.length));
    joined.set(before);
    joined.set(bytes, offset);
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
