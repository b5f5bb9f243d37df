/**
 * What nodes say to each other about artifacts (`docs/protocol/artifacts.md`). Every question is
 * repeated by who needs the answer; none of them is remembered.
 */
import type { Namespace, RunId, Token, WallMs } from '../base/brand.ts';
import type { AttemptId } from './protocol.ts';

/** Asks executors for a piece of an object; of no bytes: whether it is there. */
export interface ArtifactRead {
  readonly kind: 'artifact-read';
  readonly requestId: string;
  readonly sha256: string;
  /** Of the whole object. */
  readonly bytes: number;
  readonly offset: number;
  readonly maxBytes: number;
}

/** `none`: it is not here, or was damaged. */
export interface ArtifactPiece {
  readonly kind: 'artifact-piece';
  readonly requestId: string;
  readonly status: 'data' | 'none';
  readonly bytes: Uint8Array;
}

/** Asks another executor to fetch these objects and to keep them for the attempt. */
export interface ArtifactKeep {
  readonly kind: 'artifact-keep';
  readonly id: AttemptId;
  readonly objects: readonly { readonly sha256: string; readonly bytes: number }[];
}

export interface ArtifactKept {
  readonly kind: 'artifact-kept';
  readonly token: Token;
  readonly status: 'coming' | 'kept' | 'refused';
  /** Grows while the node takes in objects, of whomever. */
  readonly taken: number;
}

/** Asks the peer of the same node what became of these runs. */
export interface ArtifactRuns {
  readonly kind: 'artifact-runs';
  readonly requestId: string;
  readonly runs: readonly { readonly namespace: Namespace; readonly runId: RunId }[];
}

/** `unknown`: the ledger has no such run. */
export type RunFate =
  | { readonly status: 'alive' | 'unknown' }
  | { readonly status: 'ended'; readonly endedAt: WallMs };

/** In the order of the question. */
export interface ArtifactRunFates {
  readonly kind: 'artifact-run-fates';
  readonly requestId: string;
  readonly fates: readonly RunFate[];
}
