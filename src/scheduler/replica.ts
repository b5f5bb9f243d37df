/**
 * The replica: how far the log is applied to this node's state, and what was met on the way.
 *
 * Owns: the applied index, the time and the newest version of the records applied.
 * Does not own: the leader's turns that are applied ahead of the log (its horizon's).
 *
 * Invariant:
 *   C1  Entries are applied once each, in the order of the log.
 */
import { assert } from '../base/assert.ts';
import type { LogIndex, WallMs } from '../base/brand.ts';
import {
  decodeRecord,
  digestEvery,
  newerOf,
  type RecordVersion,
  versionSaid,
} from '../model/record.ts';
import type { Applied, State } from '../model/state.ts';
import type { Entry } from '../raft/log-store.ts';
import type { Proposed } from './horizon.ts';
import type { CommittedTurn } from './world.ts';

export interface ReplicaStart {
  readonly state: State;
  /** The newest entry that `state` holds. */
  readonly appliedIndex: LogIndex;
  /** Time of its record; no later one may be older (W16). */
  readonly lastAt: WallMs;
  /** The newest version among its records. */
  readonly versionSeen: RecordVersion;
}

export class Replica {
  readonly state: State;
  #appliedIndex: LogIndex;
  #lastAt: WallMs;
  #versionSeen: RecordVersion;

  constructor(start: ReplicaStart) {
    this.state = start.state;
    this.#appliedIndex = start.appliedIndex;
    this.#lastAt = start.lastAt;
    this.#versionSeen = start.versionSeen;
  }

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  get lastAt(): WallMs {
    return this.#lastAt;
  }

  /** The newest version in the log so far: whoever does not know it cannot be in the cluster. */
  get versionSeen(): RecordVersion {
    return this.#versionSeen;
  }

  /** The entry at `index` is the next one. */
  advance(index: LogIndex): void {
    assert(index === this.#appliedIndex + 1, 'C1: entries come in the order of the log');
    this.#appliedIndex = index;
  }

  /** A turn of this leader, whose facts the state holds already. */
  committed({ turn, digest }: Proposed): CommittedTurn {
    const { index, at, applied, version, decisions } = turn;
    this.#met(version, at);
    return { index, at, record: { version, at, decisions }, applied, digest };
  }

  /** An entry without facts: a configuration. */
  passed({ index }: Entry): CommittedTurn {
    return { index, at: this.#lastAt, record: null, applied: [], digest: undefined };
  }

  /** An entry of another leader, or of this node's past. */
  apply({ index, payload }: Entry): CommittedTurn {
    const record = payload.length === 0 ? null : decodeRecord(payload);
    const applied: Applied[] = [];
    for (const { facts } of record?.decisions ?? []) {
      for (const fact of facts) applied.push(this.state.apply(fact));
    }
    if (record !== null) this.#met(record.version, record.at);
    const digest = index % digestEvery === 0 ? this.state.digest() : undefined;
    return { index, at: this.#lastAt, record, applied, digest };
  }

  #met(version: number, at: WallMs): void {
    this.#lastAt = at;
    this.#versionSeen = newerOf(this.#versionSeen, versionSaid(version));
  }
}
