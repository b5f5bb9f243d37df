/**
 * Opens files that stand where tasks can write. A task may have put something else in their place:
 * a named pipe holds whoever opens it until somebody comes to its other end, and a device has no
 * end. So nothing here waits, and what is no regular file is refused.
 */
import { close, closeSync, fstatSync, open, constants as openFlags, openSync } from 'node:fs';

export interface RegularFile {
  readonly descriptor: number;
  readonly sizeBytes: number;
}

/** For `open(2)`, which creates the file where it says so and then lets everybody read it. */
const modes = {
  read: openFlags.O_RDONLY,
  write: openFlags.O_WRONLY | openFlags.O_CREAT,
  append: openFlags.O_WRONLY | openFlags.O_CREAT | openFlags.O_APPEND,
} as const;

export type OpenMode = keyof typeof modes;

const flagsOf = (mode: OpenMode): number => modes[mode] | openFlags.O_NONBLOCK;

/** Undefined: it is something else. Asks for no more than what the open file knows of itself. */
function regular(descriptor: number): RegularFile | undefined {
  const stats = fstatSync(descriptor);
  return stats.isFile() ? { descriptor, sizeBytes: stats.size } : undefined;
}

const refusal = (path: string): Error => new Error(`${path} is no regular file`);

/** @throws Error of the file system, and for what is no regular file. */
export function openRegularSync(path: string): RegularFile {
  const descriptor = openSync(path, flagsOf('read'));
  const file = regular(descriptor);
  if (file !== undefined) return file;
  closeSync(descriptor);
  throw refusal(path);
}

export type OpenedRegular = (
  error: NodeJS.ErrnoException | undefined,
  file: RegularFile | undefined,
) => void;

/** One of the two that `done` is given is defined. */
export function openRegular(path: string, mode: OpenMode, done: OpenedRegular): void {
  open(path, flagsOf(mode), (error, descriptor) => {
    if (error !== null) return done(error, undefined);
    const file = regular(descriptor);
    if (file !== undefined) return done(undefined, file);
    close(descriptor, () => done(refusal(path), undefined));
  });
}
