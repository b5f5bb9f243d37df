/**
 * A window as the operations of one batch. A generator, so that the ledger can encode a large
 * window in slices and let heartbeats through in between; the window no longer changes by then.
 * The step of a value that is large by itself, a definition or a packed run, is undefined: some of
 * it has been encoded, and its operation is still to come.
 */
import { present } from '../base/assert.ts';
import { alikeMin } from '../base/codec.ts';
import type { StoreOperation } from '../base/ports.ts';
import type { RunEvent } from '../model/reading.ts';
import type { Ground } from './ledger-ground.ts';
import { eventsPerChunk } from './ledger-history.ts';
import { endedKey, historyKey, liveKey, metaKey, runIndexKeys } from './ledger-keys.ts';
import { type LedgerMeta, markOf } from './ledger-meta.ts';
import type { LedgerWindow, Verdict } from './ledger-window.ts';
import { packAlike, packSteps, packValue } from './pack.ts';

/** An operation; undefined while a large one is being made. */
export type Step = StoreOperation | undefined;

/** Down to the tasks of `{ spec: { tasks: {…} } }`, and to the rows of `{ tasks: […] }`. */
const levels = { version: 3, ended: 2 } as const;

/** Tasks of an ended run that are packed in one step: less than a millisecond's work. */
const packedAtOnceMax = 256;

const versions = liveKey('version', '');
const isLarge = (key: string): boolean => key.startsWith(versions);

/** What a forgotten run leaves goes first: the same window may hold a new run of that name. */
export function* operationsOf(
  window: LedgerWindow,
  ground: Ground,
  meta: LedgerMeta,
): Generator<Step, void> {
  for (const key of ground.staleKeys) yield remove(key);
  for (const [key, { row }] of window.live) {
    if (row === null) yield remove(key);
    else if (isLarge(key)) yield* putInSteps(key, row, levels.version);
    else yield put(key, row);
  }
  for (const [run, verdict] of window.verdicts) yield* verdictOperations(run, verdict);
  for (const [run, events] of window.events) {
    const length = present(ground.historyLengths.get(run), `the history of ${run} was measured`);
    yield* historyOperations(run, length, events);
  }
  yield* metaOperations(meta);
}

/** What the last batch of the store says of itself and of the rows. */
export function* metaOperations(meta: LedgerMeta): Generator<StoreOperation, void> {
  yield put(markOf(meta), meta.batches);
  yield put(metaKey, meta);
}

function* verdictOperations(run: string, verdict: Verdict): Generator<Step, void> {
  if (verdict.kind === 'restarted') {
    yield remove(endedKey(run));
    for (const key of runIndexKeys(verdict.run)) yield remove(key);
  } else {
    const { packed } = verdict;
    const { length } = packed.tasks;
    if (length >= alikeMin && length <= packedAtOnceMax) yield putAlike(endedKey(run), packed);
    else yield* putInSteps(endedKey(run), packed, levels.ended);
    for (const key of runIndexKeys(packed.run)) yield put(key, packed.run);
  }
}

function* historyOperations(
  run: string,
  length: number,
  events: readonly RunEvent[],
): Generator<StoreOperation, void> {
  for (let at = 0; at < events.length; at += eventsPerChunk) {
    const chunk = events.slice(at, at + eventsPerChunk);
    const key = historyKey(run, length + at + chunk.length);
    yield chunk.length < alikeMin ? put(key, chunk) : putAlike(key, chunk);
  }
}

const put = (key: string, value: unknown): StoreOperation => ({
  kind: 'put',
  key,
  value: packValue(key, value),
});

const putAlike = (key: string, value: unknown): StoreOperation => ({
  kind: 'put',
  key,
  value: packAlike(key, value),
});

function* putInSteps(key: string, value: unknown, depth: number): Generator<Step, void> {
  const steps = packSteps(key, value, depth);
  let step = steps.next();
  for (; !step.done; step = steps.next()) yield undefined;
  yield { kind: 'put', key, value: step.value };
}

const remove = (key: string): StoreOperation => ({ kind: 'delete', key });
