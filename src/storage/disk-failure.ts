/**
 * What went wrong on a disk, in five words that callers decide by. Both bodies of the Disk port use
 * it, so that a simulated failure looks like a real one.
 *
 * - `locked`: another process uses this directory. Nothing was touched.
 * - `missing`: what must be there is not. It was not created.
 * - `corrupt`: what is there cannot be what we wrote.
 * - `too-new`: what is there is whole, and a newer Skein wrote it.
 * - `io`: the device or the file system refused (EIO, ENOSPC, EACCES…).
 */
import { DiskError } from '../base/ports.ts';

export type DiskFailureKind = 'locked' | 'missing' | 'corrupt' | 'too-new' | 'io';

/** A `DiskError` that knows its kind; the original error, if any, is its `cause`. */
export class DiskFailure extends DiskError {
  readonly kind: DiskFailureKind;

  constructor(kind: DiskFailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** Any other `DiskError` counts as `io`: the one kind that promises nothing. */
export const failureKind = (error: DiskError): DiskFailureKind =>
  error instanceof DiskFailure ? error.kind : 'io';
