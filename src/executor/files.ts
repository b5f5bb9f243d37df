/**
 * Files of attempts: their directories, logs and outputs. Not the Disk port, which keeps what must
 * survive a power failure: these need no sync, and they are read while they grow.
 *
 * Everything is a callback, never called before the function that took it has returned.
 */
import type { WallMs } from '../base/brand.ts';
import type { Result } from '../base/result.ts';

export interface ReadRange {
  /** In bytes; a negative offset counts from the end, as in `slice`. */
  readonly offset: number;
  readonly bytesMax: number;
}

export interface FilePart {
  readonly bytes: Uint8Array;
  /** Of the whole file, when it was read. */
  readonly sizeBytes: number;
}

export interface FileStat {
  /** A regular file, or what a link leads to if that is one. */
  readonly isFile: boolean;
  readonly sizeBytes: number;
  /** What it takes on the disk: holes take nothing. */
  readonly diskBytes: number;
  /** When its content was changed last. */
  readonly changedAt: WallMs;
}

/** Errors are sentences. Paths are absolute. */
export interface Files {
  /** With every directory above it; one that is there already is fine. */
  makeDirectory(path: string, done: (error: string | undefined) => void): void;
  /** Replaces what is there. */
  writeFile(path: string, content: string, done: (error: string | undefined) => void): void;
  /** Undefined: there is no such file. */
  readPart(
    path: string,
    range: ReadRange,
    done: (result: Result<FilePart | undefined, string>) => void,
  ): void;
  /** Undefined: there is nothing of that name. */
  stat(path: string, done: (result: Result<FileStat | undefined, string>) => void): void;
  /** The names in a directory, in no order; none if there is no such directory. */
  list(path: string, done: (result: Result<readonly string[], string>) => void): void;
  /** Writes at an offset, which may lie behind the end; makes the file if there is none. */
  writeAt(
    path: string,
    part: { readonly offset: number; readonly bytes: Uint8Array },
    done: (error: string | undefined) => void,
  ): void;
  /** Adds to the end, as one write; makes the file if there is none. */
  append(path: string, content: string, done: (error: string | undefined) => void): void;
  /**
   * Gives a range of the file back to the file system: it reads as zeros from then on, and the
   * size and every writer's place stay. Not every file system can do it.
   */
  punchHole(
    path: string,
    range: { readonly offset: number; readonly bytes: number },
    done: (error: string | undefined) => void,
  ): void;
  /** Sends what was written to the disk; done when it is there. */
  flush(path: string, done: (error: string | undefined) => void): void;
  /** A file, or a directory with all that is in it; nothing of that name is fine. */
  remove(path: string, done: (error: string | undefined) => void): void;
  /** A directory, or nothing of that name; where something is in it, it stays: an error too. */
  removeIfEmpty(path: string, done: (error: string | undefined) => void): void;
}
