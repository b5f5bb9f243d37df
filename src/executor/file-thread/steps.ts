/**
 * The small work on files that comes with every attempt, as values: what the executor asks of its
 * thread, and what the thread does. There a step is a few calls of the system one after the other,
 * where the pool of threads would be woken, and would wake us, for each of them.
 */
import { closeSync, mkdirSync, readSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { unreachable } from '../../base/assert.ts';
import { wallMs } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { FilePart, FileStat, ReadRange } from '../files.ts';
import { openRegularSync } from '../regular-file.ts';

export type FileStep =
  | { readonly kind: 'make-directory'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly content: string }
  | { readonly kind: 'read'; readonly path: string; readonly range: ReadRange }
  | { readonly kind: 'stat'; readonly path: string }
  | { readonly kind: 'remove-if-empty'; readonly path: string };

/** What `Files` promises of each kind of step. */
export type FileAnswer =
  | { readonly kind: 'done'; readonly error: string | undefined }
  | { readonly kind: 'read'; readonly result: Result<FilePart | undefined, string> }
  | { readonly kind: 'stat'; readonly result: Result<FileStat | undefined, string> };

/** Of `stat`, whatever the file system's own are. */
export const statBlockBytes = 512;

/** Does one step, and holds the thread until it is done. */
export function doStep(step: FileStep): FileAnswer {
  switch (step.kind) {
    case 'make-directory':
      return doing(() => mkdirSync(step.path, { recursive: true }));
    case 'write':
      return doing(() => writeFileSync(step.path, step.content));
    case 'remove-if-empty':
      return removing(step.path);
    case 'read':
      return { kind: 'read', result: finding(() => readPart(step.path, step.range)) };
    case 'stat':
      return { kind: 'stat', result: finding(() => statOf(step.path)) };
    default:
      return unreachable(step);
  }
}

function doing(act: () => void): FileAnswer {
  try {
    act();
    return { kind: 'done', error: undefined };
  } catch (error) {
    return { kind: 'done', error: messageOf(error) };
  }
}

function removing(path: string): FileAnswer {
  const gone = finding(() => rmdirSync(path));
  return { kind: 'done', error: gone.ok ? undefined : gone.error };
}

/** Undefined: nothing is there, or what should be a directory on the way to it is a file. */
function finding<T>(look: () => T): Result<T | undefined, string> {
  try {
    return ok(look());
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' || code === 'ENOTDIR' ? ok(undefined) : fail(messageOf(error));
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function statOf(path: string): FileStat {
  const stats = statSync(path);
  return {
    isFile: stats.isFile(),
    sizeBytes: stats.size,
    diskBytes: stats.blocks * statBlockBytes,
    changedAt: wallMs(Math.floor(stats.mtimeMs)),
  };
}

function readPart(path: string, range: ReadRange): FilePart {
  const { descriptor, sizeBytes } = openRegularSync(path);
  try {
    const from = range.offset < 0 ? Math.max(0, sizeBytes + range.offset) : range.offset;
    const into = new Uint8Array(Math.max(0, Math.min(range.bytesMax, sizeBytes - from)));
    return { bytes: readFully(descriptor, into, from), sizeBytes };
  } finally {
    closeSync(descriptor);
  }
}

/** One `read` may return less than was asked for; a file that was cut meanwhile ends early. */
function readFully(descriptor: number, into: Uint8Array, from: number): Uint8Array {
  let total = 0;
  while (total < into.length) {
    const count = readSync(descriptor, into, total, into.length - total, from + total);
    if (count === 0) return into.subarray(0, total);
    total += count;
  }
  return into;
}
