/**
 * What the sender and the receiver of a snapshot say to each other. The sender offers, the receiver
 * pulls: every message may be lost, and whoever misses something asks again.
 */
import type { LogIndex, Term, WallMs } from '../base/brand.ts';
import type { LogBase } from '../raft/log-store.ts';
import type { LedgerPage } from '../storage/ledger-page.ts';

/** Two inboxes, because both halves live in one process. */
export const snapshotInboxes = { source: 'snapshot-source', target: 'snapshot-target' } as const;

/**
 * Pages under way to one receiver at a time, or waiting for its disk. The sender keeps as many, to
 * send them again.
 */
export const windowPages = 8;

/**
 * Names one session. A term has one leader and a leader numbers its sessions, so of two sessions it
 * is known which is the newer one.
 */
export interface SnapshotId {
  readonly term: Term;
  readonly session: number;
}

export interface SnapshotOffer {
  readonly kind: 'snapshot-offer';
  readonly id: SnapshotId;
  /** The place in the log where the snapshot ends. */
  readonly base: LogBase;
  /** When the record at `base` was made. */
  readonly appliedAt: WallMs;
  /** Of the ledger's values; a receiver that knows another one declines. */
  readonly format: number;
}

export type ToTarget =
  | SnapshotOffer
  | { readonly kind: 'snapshot-page'; readonly id: SnapshotId; readonly page: LedgerPage }
  /** The sender knows nothing of this session, or not any more. */
  | { readonly kind: 'snapshot-over'; readonly id: SnapshotId };

export type ToSource =
  | { readonly kind: 'snapshot-request'; readonly id: SnapshotId; readonly page: number }
  /** All pages are here and are being proven. */
  | { readonly kind: 'snapshot-working'; readonly id: SnapshotId }
  | { readonly kind: 'snapshot-installed'; readonly id: SnapshotId; readonly index: LogIndex }
  /** Declined, damaged or given up: nothing was installed. */
  | { readonly kind: 'snapshot-refused'; readonly id: SnapshotId };

/** Negative, zero or positive, as `left` is older, the same or newer. */
export const compareIds = (left: SnapshotId, right: SnapshotId): number =>
  left.term === right.term ? left.session - right.session : left.term - right.term;

const targetKinds = new Set<unknown>([
  'snapshot-offer',
  'snapshot-page',
  'snapshot-over',
] satisfies ToTarget['kind'][]);

const sourceKinds = new Set<unknown>([
  'snapshot-request',
  'snapshot-working',
  'snapshot-installed',
  'snapshot-refused',
] satisfies ToSource['kind'][]);

const kindOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined;

export const isToTarget = (message: unknown): message is ToTarget =>
  targetKinds.has(kindOf(message));

export const isToSource = (message: unknown): message is ToSource =>
  sourceKinds.has(kindOf(message));
