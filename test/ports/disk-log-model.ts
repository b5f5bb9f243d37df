/** A Raft log as a plain array: what the stored one must equal, batch by batch. */
import { incarnation, logIndex, nodeId, term } from '../../src/base/brand.ts';
import type { Disk, DiskError, Random } from '../../src/base/ports.ts';
import type { Result } from '../../src/base/result.ts';
import type { Entry, HardState, LogBase, LogBatch, TermRun } from '../../src/raft/log-store.ts';
import {
  decodeMembers,
  encodeMembers,
  type Members,
  type MembersAt,
} from '../../src/raft/members.ts';
import type { LogFault } from '../../src/storage/log-fault.ts';
import { purgeEntriesMax } from '../../src/storage/log-plan.ts';
import { type DurableLog, openLogStore } from '../../src/storage/log-store.ts';
import { type StepClock, settled } from './disk-clock.ts';

export interface LogModel {
  readonly hardState: HardState;
  /** Without the chain, which only the stored log knows. */
  readonly base: Omit<LogBase, 'chain'>;
  /** Those behind the base. */
  readonly entries: readonly Entry[];
}

/** A configuration of voters alone, told from others by their names. */
export const membersOf = (...nodes: readonly string[]): Members => ({
  voters: nodes.map((node) => ({ node: nodeId(node), incarnation: incarnation(`${node}-1`) })),
  learners: [],
  removed: [],
});

/** The configuration that every log of these tests begins with. */
export const firstMembers = membersOf('a', 'b', 'c');

export const emptyModel: LogModel = {
  hardState: { term: term(0), vote: undefined },
  base: { index: logIndex(0), term: term(0), members: firstMembers },
  entries: [],
};

export const lastIndexOf = ({ base, entries }: LogModel): number => base.index + entries.length;

export function applyBatch(model: LogModel, batch: LogBatch): LogModel {
  const kept = (batch.truncateFrom ?? Infinity) - 1 - model.base.index;
  const entries = [...model.entries.slice(0, Math.max(0, kept)), ...batch.append];
  const hardState = batch.hardState ?? model.hardState;
  return purged({ hardState, base: model.base, entries }, batch.purgeTo ?? 0);
}

function purged({ hardState, base, entries }: LogModel, purgeTo: number): LogModel {
  const count = Math.min(purgeTo - base.index, purgeEntriesMax);
  const last = entries[count - 1];
  if (last === undefined) return { hardState, base, entries };
  const gone = entries.slice(0, count);
  const members = gone
    .map(({ payload }) => decodeMembers(payload))
    .findLast((each) => each !== undefined);
  return {
    hardState,
    base: { index: last.index, term: last.term, members: members ?? base.members },
    entries: entries.slice(count),
  };
}

export interface BatchSketch {
  readonly term?: number;
  readonly vote?: string;
  readonly truncateFrom?: number;
  readonly append?: readonly (string | Members)[];
  readonly purgeTo?: number;
}

/** The batch that `sketch` means on top of `model`; its entries have the newest term. */
export function batchOn(model: LogModel, sketch: BatchSketch): LogBatch {
  const newest = term(sketch.term ?? model.hardState.term);
  const changed = sketch.term !== undefined || sketch.vote !== undefined;
  const vote = sketch.vote === undefined ? undefined : nodeId(sketch.vote);
  const last = Math.min(lastIndexOf(model), (sketch.truncateFrom ?? Infinity) - 1);
  return {
    hardState: changed ? { term: newest, vote } : undefined,
    truncateFrom: sketch.truncateFrom === undefined ? undefined : logIndex(sketch.truncateFrom),
    append: (sketch.append ?? []).map((item, i) => ({
      index: logIndex(last + 1 + i),
      term: newest,
      payload: typeof item === 'string' ? new TextEncoder().encode(item) : encodeMembers(item),
    })),
    purgeTo: sketch.purgeTo === undefined ? undefined : logIndex(sketch.purgeTo),
  };
}

export const termRuns = (model: LogModel): TermRun[] =>
  model.entries
    .filter((entry, i) => entry.term !== model.entries[i - 1]?.term)
    .map((entry) => ({ first: entry.index, term: entry.term }));

/** The configurations among the entries. */
export const configurations = (model: LogModel): MembersAt[] =>
  model.entries.flatMap(({ index, payload }) => {
    const members = decodeMembers(payload);
    return members === undefined ? [] : [{ index, members }];
  });

/** Gives the same fractions again and again. */
export const cycle = (...fractions: number[]): Random => {
  let at = 0;
  const fraction = (): number => fractions[at++ % fractions.length] ?? 0;
  return { fraction, uint32: () => Math.floor(fraction() * 0x1_0000_0000) };
};

export const openLog = (disk: Disk, clock: StepClock, create = false, startAt?: LogBase) =>
  settled<Result<DurableLog, LogFault>>(clock, (done) =>
    openLogStore({ disk, clock, create, members: firstMembers, startAt }, done),
  );

export function opened(result: Result<DurableLog, LogFault>): DurableLog {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

export const writeLog = (log: DurableLog, clock: StepClock, batch: LogBatch) =>
  settled<DiskError | undefined>(clock, (done) => log.write(batch, done));

/** The whole log as it was found, to compare with a model. */
export function contentOf(log: DurableLog, clock: StepClock): LogModel {
  const { hardState, lastIndex, base } = log.found;
  const from = logIndex(base.index + 1);
  const entries = settled<Result<readonly Entry[], DiskError>>(clock, (done) =>
    log.read({ from, to: lastIndex, maxBytes: 1 << 20 }, done),
  );
  if (!entries.ok) throw entries.error;
  const { index, term: baseTerm, members } = base;
  return { hardState, base: { index, term: baseTerm, members }, entries: entries.value };
}

/** Compared as text, because payloads may be Buffers or plain arrays. */
export const digest = (model: LogModel): string =>
  JSON.stringify([
    model.hardState.term,
    model.hardState.vote ?? null,
    model.base,
    model.entries.map(({ index, term: of, payload }) => [index, of, [...payload]]),
  ]);
