/** One node of a cluster of pure cores: the core while it lives, and the disk that outlives it. */
import { assert, present } from '../../src/base/assert.ts';
import {
  type Incarnation,
  incarnation,
  type LogIndex,
  logIndex,
  type NodeId,
  type Term,
  term,
} from '../../src/base/brand.ts';
import type { Entry, HardState, LogBase, TermRun } from '../../src/raft/log-store.ts';
import { decodeMembers, type Members, type MembersAt } from '../../src/raft/members.ts';
import type { Raft } from '../../src/raft/raft.ts';
import type { Persist } from '../../src/raft/types.ts';

/** A log with a base, as the disk or the driver's cache holds it. */
export class NodeLog {
  #base: LogBase;
  #entries: Entry[];
  #members: readonly MembersAt[] | undefined = undefined;

  constructor(base: LogBase, entries: readonly Entry[] = []) {
    this.#base = base;
    this.#entries = [...entries];
  }

  get base(): LogBase {
    return this.#base;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get lastIndex(): LogIndex {
    return logIndex(this.base.index + this.entries.length);
  }

  get lastTerm(): Term {
    return this.entries.at(-1)?.term ?? this.base.term;
  }

  /** Undefined when it is not there, or not any more. */
  at(index: number): Entry | undefined {
    return this.entries[index - this.base.index - 1];
  }

  /** Empty when it is not all there any more. */
  range(first: number, last: number): readonly Entry[] {
    if (first <= this.base.index) return [];
    return this.entries.slice(first - this.base.index - 1, last - this.base.index);
  }

  /** The configurations behind the base. */
  members(): readonly MembersAt[] {
    this.#members ??= this.#entries.flatMap(({ index, payload }) => {
      const members = decodeMembers(payload);
      return members === undefined ? [] : [{ index, members }];
    });
    return this.#members;
  }

  membersAt(index: number): Members {
    return this.members().findLast((each) => each.index <= index)?.members ?? this.base.members;
  }

  write({ truncateFrom, append, purgeTo }: Omit<Persist, 'kind' | 'write' | 'hardState'>): void {
    this.#members = undefined;
    if (truncateFrom !== undefined) this.#entries.length = truncateFrom - this.base.index - 1;
    for (const entry of append) {
      assert(entry.index === this.lastIndex + 1, 'I9: a log has no gap');
      this.#entries.push(entry);
    }
    if (purgeTo !== undefined) this.#purge(purgeTo);
  }

  /** The ledger holds everything up to `base`: the log begins there if it begins before. */
  adopt(base: LogBase): void {
    if (base.index <= this.base.index) return;
    if (this.at(base.index)?.term === base.term) this.#purge(base.index);
    else this.#entries = [];
    this.#members = undefined;
    this.#base = base;
  }

  copy(): NodeLog {
    return new NodeLog(this.base, this.entries);
  }

  /** Undefined when it is not there, or not any more. */
  positionAt(index: LogIndex): LogBase | undefined {
    if (index === this.base.index) return this.base;
    const entry = this.at(index);
    return entry && { index, term: entry.term, chain: 0, members: this.membersAt(index) };
  }

  #purge(to: LogIndex): void {
    if (to <= this.base.index) return;
    const base = present(this.positionAt(to), 'I8: only what is there is purged');
    this.#members = undefined;
    this.#entries = this.#entries.slice(to - this.base.index);
    this.#base = base;
  }
}

export class CoreNode {
  readonly id: NodeId;
  /** How often the node has lost its data. */
  lives = 1;
  /** Undefined while crashed. */
  raft: Raft | undefined;
  /** The log as the driver's cache would hold it. */
  memory: NodeLog;
  hardState: HardState = { term: term(0), vote: undefined };
  disk: NodeLog;
  queue: Persist[] = [];
  /** Applied and remembered by the ledger. */
  applied: LogIndex = logIndex(0);
  /** Followers that this leader owes a snapshot. */
  snapshots = new Set<NodeId>();

  constructor(id: NodeId, members: Members) {
    this.id = id;
    this.disk = new NodeLog(emptyBase(members));
    this.memory = this.disk.copy();
  }

  get incarnation(): Incarnation {
    return incarnation(`${this.id}.${this.lives}`);
  }
}

export const emptyBase = (members: Members): LogBase => ({
  index: logIndex(0),
  term: term(0),
  chain: 0,
  members,
});

export function termRuns(log: readonly Entry[]): TermRun[] {
  const runs: TermRun[] = [];
  for (const entry of log) {
    if (runs.at(-1)?.term !== entry.term) runs.push({ first: entry.index, term: entry.term });
  }
  return runs;
}
