/** A Raft log as a plain array: what the stored one must equal, batch by batch. */
import { logIndex, nodeId, term } from '../../src/base/brand.ts';
import type { Disk, DiskError, Random } from '../../src/base/ports.ts';
import type { Result } from '../../src/base/result.ts';
import type { Entry, HardState, LogBatch, TermRun } from '../../src/raft/log-store.ts';
import type { LogFault } from '../../src/storage/log-fault.ts';
import { type DurableLog, openLogStore } from '../../src/storage/log-store.ts';
import { type StepClock, settled } from './disk-clock.ts';

export interface LogModel {
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
}

export const emptyModel: LogModel = {
  hardState: { term: term(0), vote: undefined },
  entries: [],
};

export function applyBatch(model: LogModel, batch: LogBatch): LogModel {
  const kept = batch.truncateFrom === undefined ? Infinity : Math.max(0, batch.truncateFrom - 1);
  return {
    hardState: batch.hardState ?? model.hardState,
    entries: [...model.entries.slice(0, kept), ...batch.append],
  };
}

export interface BatchSketch {
  readonly term?: number;
  readonly vote?: string;
  readonly truncateFrom?: number;
  readonly append?: readonly string[];
}

/** The batch that `sketch` means on top of `model`; its entries have the newest term. */
export function batchOn(model: LogModel, sketch: BatchSketch): LogBatch {
  const newest = term(sketch.term ?? model.hardState.term);
  const changed = sketch.term !== undefined || sketch.vote !== undefined;
  const vote = sketch.vote === undefined ? undefined : nodeId(sketch.vote);
  const length = Math.min(model.entries.length, (sketch.truncateFrom ?? Infinity) - 1);
  return {
    hardState: changed ? { term: newest, vote } : undefined,
    truncateFrom: sketch.truncateFrom === undefined ? undefined : logIndex(sketch.truncateFrom),
    append: (sketch.append ?? []).map((text, i) => ({
      index: logIndex(length + 1 + i),
      term: newest,
      payload: new TextEncoder().encode(text),
    })),
  };
}

export const termRuns = (model: LogModel): TermRun[] =>
  model.entries
    .filter((entry, i) => entry.term !== (model.entries[i - 1]?.term ?? 0))
    .map((entry) => ({ first: entry.index, term: entry.term }));

/** Gives the same fractions again and again. */
export const cycle = (...fractions: number[]): Random => {
  let at = 0;
  const fraction = (): number => fractions[at++ % fractions.length] ?? 0;
  return { fraction, uint32: () => Math.floor(fraction() * 0x1_0000_0000) };
};

export const openLog = (disk: Disk, clock: StepClock, create = false) =>
  settled<Result<DurableLog, LogFault>>(clock, (done) =>
    openLogStore({ disk, clock, create }, done),
  );

export function opened(result: Result<DurableLog, LogFault>): DurableLog {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

export const writeLog = (log: DurableLog, clock: StepClock, batch: LogBatch) =>
  settled<DiskError | undefined>(clock, (done) => log.write(batch, done));

/** The whole log as it was found, to compare with a model. */
export function contentOf(log: DurableLog, clock: StepClock): LogModel {
  const { hardState, lastIndex } = log.found;
  const entries = settled<Result<readonly Entry[], DiskError>>(clock, (done) =>
    log.read({ from: logIndex(1), to: lastIndex, maxBytes: 1 << 20 }, done),
  );
  if (!entries.ok) throw entries.error;
  return { hardState, entries: entries.value };
}

/** Compared as text, because payloads may be Buffers or plain arrays. */
export const digest = (model: LogModel): string =>
  JSON.stringify([
    model.hardState.term,
    model.hardState.vote ?? null,
    model.entries.map(({ index, term, payload }) => [index, term, [...payload]]),
  ]);
