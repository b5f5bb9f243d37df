/**
 * What one batch of Raft does to the stored log, as operations of the store: a function of what is
 * there, so that everything that a batch means is written at once or not at all.
 *
 * The invariants that the asserts quote are those of `log-store.ts`.
 */
import { assert } from '../base/assert.ts';
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { StoreOperation } from '../base/ports.ts';
import type { HardState, LogBatch } from '../raft/log-store.ts';
import { decodeMembers, type MembersAt } from '../raft/members.ts';
import { entryKey, markKey } from './keyspace.ts';
import { baseRow, type KnownMembers, membersAsOf } from './log-base.ts';
import { type LogMark, type LogPlace, placeOf, storedMark } from './log-mark.ts';
import { encodeEntry } from './log-rows.ts';
import { seal } from './seal.ts';

/**
 * So many entries are given up by one batch. A batch is handed to LevelDB on the event loop, at 3.5
 * µs for each key (measured), and an append may stand behind it: this is about a millisecond.
 */
export const purgeEntriesMax = 256;

/** The log as the newest durable batch left it. */
export interface LogState extends KnownMembers {
  readonly mark: LogMark;
}

export interface LogPlan {
  readonly operations: readonly StoreOperation[];
  readonly state: LogState;
}

/** What a batch builds upon. */
export interface LogGround {
  readonly state: LogState;
  /** The end of the log behind the truncation. */
  readonly tail: LogPlace;
  /** The entry that becomes the base; the base itself when it stays. */
  readonly base: LogPlace;
}

export function planBatch(batch: LogBatch, ground: LogGround): LogPlan {
  const { state, tail } = ground;
  const hardState = batch.hardState ?? state.mark;
  checkHardState(state.mark, hardState);
  const { term, vote } = hardState;
  const kept = state.members.filter(({ index }) => index <= tail.index);
  const appended = append(batch, tail);
  const { end } = appended;
  const moved = moveBase({ base: state.base, members: [...kept, ...appended.members] }, ground);
  const mark: LogMark = {
    generation: state.mark.generation + 1,
    term,
    vote,
    lastIndex: end.index,
    lastTerm: end.term,
    chain: end.chain,
    base: placeOf(moved.known.base),
  };
  const after: LogState = { mark, ...moved.known };
  return {
    operations: [
      ...appended.operations,
      ...deletes(logIndex(end.index + 1), state.mark.lastIndex),
      ...moved.operations,
      markRow(after),
    ],
    state: after,
  };
}

/** The row that every batch ends with. */
export const markRow = ({ mark, members }: LogState): StoreOperation => ({
  kind: 'put',
  key: markKey,
  value: seal(storedMark(mark, { bound: members.length > 0 })),
});

/** Deletes of the entries `from`..`to`, both inclusive. */
export function deletes(from: LogIndex, to: LogIndex): StoreOperation[] {
  const operations: StoreOperation[] = [];
  for (let index = from; index <= to; index = logIndex(index + 1)) {
    operations.push({ kind: 'delete', key: entryKey(index) });
  }
  return operations;
}

function checkHardState(before: LogMark, after: HardState): void {
  assert(after.term >= before.term, `L3: the term falls from ${before.term} to ${after.term}`);
  assert(
    after.term > before.term || before.vote === undefined || after.vote === before.vote,
    `L3: the vote of term ${before.term} changes from ${before.vote} to ${after.vote}`,
  );
}

function append(batch: LogBatch, tail: LogPlace) {
  const operations: StoreOperation[] = [];
  const members: MembersAt[] = [];
  let end = tail;
  for (const entry of batch.append) {
    const { index, term, payload } = entry;
    assert(index === end.index + 1, `L2: entry ${index} behind ${end.index}`);
    assert(term >= end.term, `L2: term ${term} behind term ${end.term}`);
    const { row, chain } = encodeEntry(entry, end.chain);
    operations.push({ kind: 'put', key: entryKey(index), value: row });
    const configuration = decodeMembers(payload);
    if (configuration !== undefined) members.push({ index, members: configuration });
    end = { index, term, chain };
  }
  return { operations, members, end };
}

function moveBase(
  known: KnownMembers,
  ground: LogGround,
): { readonly operations: readonly StoreOperation[]; readonly known: KnownMembers } {
  const { index } = ground.base;
  if (index === known.base.index) return { operations: [], known };
  const base = { ...placeOf(ground.base), members: membersAsOf(known, index) };
  const purged = deletes(logIndex(known.base.index + 1), index);
  return {
    operations: [...purged, baseRow(base)],
    known: { base, members: known.members.filter((each) => each.index > index) },
  };
}
