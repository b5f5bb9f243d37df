import { TooNew } from '../base/too-new.ts';

/** Why a peer ends itself, or cannot begin; `node` maps it to an exit code. */
export interface PeerFailure {
  readonly kind: /** The disk refused. */
    | 'storage'
    /** What the disk holds is not what was written: the directory may start over. */
    | 'damaged'
    /** Our own promise is broken. */
    | 'invariant'
    /** This node is not, or no longer, who it claims to be. */
    | 'identity';
  /** Begins with a permanent code. */
  readonly why: string;
}

/** What the operator does about data of a newer version. */
export const tooNewNext =
  'Nothing was skipped or changed. Start the version that wrote it, or a newer one.';

/** Of an error that nobody caught: the log holds what we cannot read, or a promise is broken. */
export function failureOf(error: unknown): PeerFailure {
  if (error instanceof TooNew) {
    return { kind: 'storage', why: `LOG_TOO_NEW: ${error.message}. ${tooNewNext}` };
  }
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: 'invariant', why: `INVARIANT: ${what}` };
}
