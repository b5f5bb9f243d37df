/**
 * Why a log could not be opened. Nothing here is repaired: the node stops, keeps its data and says
 * what the operator can do. A node that starts over does so as a new incarnation, which has no vote
 * until a committed record re-admits it; so forgetting a vote can never elect two leaders.
 */
import { unreachable } from '../base/assert.ts';
import type { DiskError } from '../base/ports.ts';
import { failureKind } from './disk-failure.ts';
import { describeMark, type LogMark } from './log-mark.ts';

export type LogFault =
  /** What is stored cannot be what was written. */
  | { readonly kind: 'corrupt'; readonly where: string; readonly what: string }
  /** The head vouches for more than the log holds: acknowledged batches are gone. */
  | { readonly kind: 'rolled-back'; readonly head: LogMark; readonly log: LogMark }
  /** A newer Skein wrote it; it is whole. */
  | { readonly kind: 'too-new'; readonly where: string; readonly what: string }
  /** Another process uses this directory. */
  | { readonly kind: 'locked'; readonly error: DiskError }
  /** The disk refused; the data may well be whole. */
  | { readonly kind: 'io'; readonly error: DiskError };

/** A disk's failure, met while opening `where`. */
export function faultOf(error: DiskError, where: string): LogFault {
  const kind = failureKind(error);
  switch (kind) {
    case 'locked':
      return { kind: 'locked', error };
    case 'missing':
    case 'corrupt':
      return { kind: 'corrupt', where, what: error.message };
    case 'too-new':
      return { kind: 'too-new', where, what: error.message };
    case 'io':
      return { kind: 'io', error };
    default:
      return unreachable(kind);
  }
}

/** One paragraph for the operator: what was found and what to do next. */
export function describeLogFault(fault: LogFault): string {
  const startOver =
    'Keep this directory: a node that may have forgotten a vote must not vote again, and nothing ' +
    'is repaired silently. The other nodes go on as long as they are a majority.';
  switch (fault.kind) {
    case 'corrupt':
      return `The Raft log is damaged at ${fault.where}: ${fault.what}. ${startOver}`;
    case 'rolled-back':
      return (
        `The Raft log was rolled back: the head vouches for ${describeMark(fault.head)}, ` +
        `the log ends with ${describeMark(fault.log)}. ${startOver}`
      );
    case 'too-new':
      return (
        `The Raft log holds what this version of Skein does not know, at ${fault.where}: ` +
        `${fault.what}. Start the version that wrote it, or a newer one.`
      );
    case 'locked':
      return `${fault.error.message}. Stop that process, or give this one a directory of its own.`;
    case 'io':
      return `${fault.error.message}. Check the disk and its free space, then start again.`;
    default:
      return unreachable(fault);
  }
}
