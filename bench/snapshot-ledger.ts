/** A large ledger for the snapshot benchmark: ended runs of ten tasks, as production packs them. */
import { Problem } from '../cluster/problem.ts';
import {
  dagId,
  incarnation,
  logIndex,
  namespace,
  nodeId,
  runId,
  taskId,
  token,
  versionId,
  wallMs,
} from '../src/base/brand.ts';
import type { Store, StoreOperation } from '../src/base/ports.ts';
import { silentTrace } from '../src/base/trace.ts';
import type { EndedRun } from '../src/model/ended-run.ts';
import type { RunRow } from '../src/model/run.ts';
import type { TaskRow } from '../src/model/task-instance.ts';
import { realClock } from '../src/node/real-ports.ts';
import { type Ledger, ledgerDefaults } from '../src/storage/ledger.ts';
import { metaOperations } from '../src/storage/ledger-batch.ts';
import { endedKey, historyKey, runIndexKeys, runKeyOfRow } from '../src/storage/ledger-keys.ts';
import { emptyMeta, nextMeta } from '../src/storage/ledger-meta.ts';
import { openLedger } from '../src/storage/ledger-open.ts';
import { firstPlace } from '../src/storage/ledger-place.ts';
import { openLevelDisk } from '../src/storage/level.ts';
import { packValue } from '../src/storage/pack.ts';

const tasksPerRun = 10;
const runsPerBatch = 200;

/** Writes runs until their keys and values have that many bytes; returns how many they have. */
export async function fillLedger(folder: string, bytesMin: number): Promise<number> {
  const store = await new Promise<Store>((resolve, reject) =>
    openLevelDisk(folder).openStore(firstPlace.store, { create: true }, (opened) =>
      opened.ok ? resolve(opened.value) : reject(opened.error),
    ),
  );
  let bytes = 0;
  for (let run = 0; bytes < bytesMin; run += runsPerBatch) {
    const batch = Array.from({ length: runsPerBatch }, (_, place) => rowsOfRun(run + place)).flat();
    for (const operation of batch)
      if (operation.kind === 'put') bytes += operation.key.length + operation.value.length;
    await write(store, batch);
  }
  const meta = nextMeta(emptyMeta, { index: logIndex(1), at: wallMs(1), format: 1 });
  await write(store, [...metaOperations(meta)]);
  await new Promise<void>((resolve) => store.close(resolve));
  return bytes;
}

export function openBenchLedger(folder: string): Promise<Ledger> {
  return new Promise((resolve, reject) =>
    openLedger(
      {
        ...{ disk: openLevelDisk(folder), clock: realClock, create: false },
        ...{ store: firstPlace.store, settings: ledgerDefaults, trace: silentTrace },
        onFailure: (error) => {
          throw new Problem(error.message, 1);
        },
      },
      (opened) => (opened.ok ? resolve(opened.value) : reject(opened.error)),
    ),
  );
}

const write = (store: Store, batch: readonly StoreOperation[]): Promise<void> =>
  new Promise((resolve, reject) =>
    store.write(batch, { sync: true }, (error) => (error ? reject(error) : resolve())),
  );

function rowsOfRun(number: number): readonly StoreOperation[] {
  const packed = endedRun(number);
  const { run, tasks } = packed;
  const key = runKeyOfRow(run);
  const events = [run, ...tasks].map((row, place) => {
    const index = logIndex(number * 20 + place);
    return { index, at: wallMs(1_750_000_000_000 + index), by: 'scheduler', what: 'ended', row };
  });
  const put = (where: string, value: unknown): StoreOperation => ({
    kind: 'put',
    key: where,
    value: packValue(where, value),
  });
  return [
    put(endedKey(key), packed),
    ...runIndexKeys(run).map((where) => put(where, run)),
    put(historyKey(key, events.length), events),
  ];
}

function endedRun(number: number): EndedRun {
  const createdAt = wallMs(1_750_000_000_000 + number * 977);
  const run: RunRow = {
    namespace: namespace('default'),
    runId: runId(`run-${number.toString(36).padStart(9, '0')}`),
    dagId: dagId(`nightly-${number % 40}`),
    versionId: versionId('c0ffee'.repeat(8)),
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
  const tasks = Array.from({ length: tasksPerRun }, (_, place) => endedTask(run, number, place));
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
    ...{ namespace: run.namespace, runId: run.runId, taskId: taskId(`transform-${place}`) },
    ...{ mapIndex: 0, attempts: [attempt], tries: 1, status: 'success', endedAt },
  };
}
