/** One node of a cluster of pure cores: the core while it lives, and the disk that outlives it. */
import { type LogIndex, logIndex, type NodeId, term } from '../../src/base/brand.ts';
import type { Entry, HardState } from '../../src/raft/log-store.ts';
import type { Raft } from '../../src/raft/raft.ts';
import type { Persist } from '../../src/raft/types.ts';

export class CoreNode {
  readonly id: NodeId;
  /** Undefined while crashed. */
  raft: Raft | undefined;
  /** The log as the driver's cache would hold it. */
  memory: Entry[] = [];
  hardState: HardState = { term: term(0), vote: undefined };
  disk: Entry[] = [];
  queue: Persist[] = [];
  /** Applied and remembered by the ledger. */
  applied: LogIndex = logIndex(0);

  constructor(id: NodeId) {
    this.id = id;
  }
}
