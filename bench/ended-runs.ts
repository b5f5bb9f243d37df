/** Runs of ten tasks that have ended, as rows of a ledger: packed by the production's own hand. */
import {
  type DagId,
  incarnation,
  logIndex,
  namespace,
  nodeId,
  runId,
  taskId,
  token,
  type VersionId,
  wallMs,
} from '../src/base/brand.ts';
import type { Store, StoreOperation } from '../src/base/ports.ts';
import type { EndedRun } from '../src/model/ended-run.ts';
import type { RunRow } from '../src/model/run.ts';
import type { TaskRow } from '../src/model/task-instance.ts';
import { endedKey, historyKey, runIndexKeys, runKeyOfRow } from '../src/storage/ledger-keys.ts';
import { openLevelDisk } from '../src/storage/level.ts';
import { packAlike, packValue } from '../src/storage/pack.ts';

const tasksPerRun = 10;
const startMs = 1_750_000_000_000;
const betweenMs = 977;

/** Whose run it is; `number` counts from 0. */
export type OwnerOf = (number: number) => { readonly dagId: DagId; readonly versionId: VersionId };

export const endedRunId = (number: number): string => `run-${number.toString(36).padStart(9, '0')}`;

export const endedTaskIds: readonly string[] = Array.from(
  { length: tasksPerRun },
  (_, place) => `transform-${place}`,
);

/** Opens a store of a node that does not run, or a new one. */
export const openBenchStore = (
  folder: string,
  name: string,
  options: { readonly create: boolean },
): Promise<Store> =>
  new Promise((resolve, reject) =>
    openLevelDisk(folder).openStore(name, options, (opened) =>
      opened.ok ? resolve(opened.value) : reject(opened.error),
    ),
  );

export const writeBatch = (store: Store, batch: readonly StoreOperation[]): Promise<void> =>
  new Promise((resolve, reject) =>
    store.write(batch, { sync: true }, (error) => (error ? reject(error) : resolve())),
  );

/** The rows of the runs `from` up to `to`, that one left out. */
export const rowsOfRuns = (
  ownerOf: OwnerOf,
  { from, to }: { readonly from: number; readonly to: number },
): readonly StoreOperation[] =>
  Array.from({ length: to - from }, (_, place) => rowsOfRun(from + place, ownerOf)).flat();

function rowsOfRun(number: number, ownerOf: OwnerOf): readonly StoreOperation[] {
  const packed = endedRun(number, ownerOf);
  const { run, tasks } = packed;
  const key = runKeyOfRow(run);
  const events = [run, ...tasks].map((row, place) => {
    const index = logIndex(number * 20 + place);
    return { index, at: wallMs(startMs + index), by: 'scheduler', what: 'ended', row };
  });
  const put = (where: string, value: Uint8Array): StoreOperation => ({
    ...{ kind: 'put', key: where, value },
  });
  const last = historyKey(key, events.length);
  return [
    put(endedKey(key), packAlike(endedKey(key), packed)),
    ...runIndexKeys(run).map((where) => put(where, packValue(where, run))),
    put(last, packAlike(last, events)),
  ];
}

function endedRun(number: number, ownerOf: OwnerOf): EndedRun {
  const createdAt = wallMs(startMs + number * betweenMs);
  const run: RunRow = {
    namespace: namespace('default'),
    runId: runId(endedRunId(number)),
    ...ownerOf(number),
    logicalDate: createdAt,
    trigger: 'schedule',
    params: { region: `region-${number % 7}`, day: number },
    priority: 0,
    createdAt,
    createdBy: 'schedule',
    generation: 1,
    status: 'success',
    startedAt: createdAt,
    endedAt: wallMs(createdAt + 60_000),
  };
  const tasks = endedTaskIds.map((_, place) => endedTask(run, number, place));
  const outputs = tasks.map(({ namespace, runId, taskId, mapIndex }, place) => ({
    ...{ namespace, runId, taskId, mapIndex, token: token(number * 20 + place) },
    json: JSON.stringify({ rows: (number * 7919) % 100_003, file: `s3://data/${number}/${place}` }),
  }));
  return { run, tasks, outputs };
}

function endedTask(run: RunRow, number: number, place: number): TaskRow {
  const assignedAt = wallMs(run.createdAt + place * 5000);
  const endedAt = wallMs(assignedAt + 4000 + (number % 900));
  const attempt = {
    number: 1,
    node: nodeId(`node-${(number + place) % 5}`),
    incarnation: incarnation('4f1d2c3b5a697887'),
    token: token(number * 20 + place),
    assignedAt,
    outcome: 'success',
    startedAt: assignedAt,
    endedAt,
    exitCode: 0,
    signal: null,
    error: null,
  } as const;
  return {
    ...{ namespace: run.namespace, runId: run.runId, taskId: taskId(endedTaskIds[place] ?? '') },
    ...{ mapIndex: 0, attempts: [attempt], tries: 1, status: 'success', endedAt },
  };
}
