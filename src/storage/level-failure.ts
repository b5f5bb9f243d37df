/** What went wrong in LevelDB or in the file system, in the words of `DiskFailure`. */
import type { DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { DiskFailure } from './disk-failure.ts';

type Done<T> = (result: Result<T, DiskError>) => void;

/**
 * Turns a promise into a callback. Both handlers stand in one `then`, so that what `done` throws is
 * not taken for a failure of the disk.
 */
export function settle<T>(promise: Promise<T>, what: string, done: Done<T>): void {
  promise.then(
    (value) => done(ok(value)),
    (error: unknown) => done(fail(failureOf(error, what))),
  );
}

export function failureOf(error: unknown, what: string): DiskFailure {
  if (error instanceof DiskFailure) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  const found = cause instanceof Error ? cause : error;
  switch (codeOf(cause) ?? codeOf(error)) {
    case 'LEVEL_IO_ERROR':
      if (!(found instanceof Error && isDamage(found.message))) break;
      return new DiskFailure('corrupt', `${what}: a file was cut off or is gone`, error);
    case 'LEVEL_LOCKED':
      return new DiskFailure('locked', `${what}: another process uses this directory`, error);
    case 'LEVEL_CORRUPTION':
      return new DiskFailure('corrupt', `${what}: LevelDB finds it damaged`, error);
    default:
      break;
  }
  return new DiskFailure('io', what, error);
}

/**
 * LevelDB reads the end of a table first: in a file that was cut off this is a place before its
 * begin, and the operating system says so. That, and a file that is missing, is no fault of the
 * device.
 */
const isDamage = (message: string): boolean =>
  message.endsWith('Invalid argument') || message.endsWith('No such file or directory');

/** The `code` that Node and LevelDB put on their errors. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
