import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dagId, namespace, runId } from '../src/base/brand.ts';
import type { DiskError } from '../src/base/ports.ts';
import type { Result } from '../src/base/result.ts';
import type { EndedRun } from '../src/model/ended-run.ts';
import type { Page, RunEvent } from '../src/model/reading.ts';
import type { RunRow } from '../src/model/run.ts';
import { endedRun, listRuns } from '../src/storage/queries.ts';
import { runEvents } from '../src/storage/queries-history.ts';
import { endedRunId, endedTaskIds } from './ended-runs.ts';
import { fillLedger, openBenchLedger } from './snapshot-ledger.ts';

const names = { namespace: namespace('default') };

const value = <T>(ask: (done: (result: Result<T, DiskError>) => void) => void): Promise<T> =>
  new Promise((resolve, reject) =>
    ask((result) => (result.ok ? resolve(result.value) : reject(result.error))),
  );

it('runs that a bench wrote are read as those that were carried out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skein-ended-runs-'));
  await fillLedger(folder, 1);
  const ledger = await openBenchLedger(folder);
  const id = runId(endedRunId(41));
  const found = await value<EndedRun | undefined>((done) =>
    endedRun(ledger, { ...names, runId: id }, done),
  );
  expect(found?.tasks.map(({ taskId }) => taskId)).toEqual(endedTaskIds);
  const query = { ...names, dagId: dagId('nightly-1'), statuses: null, since: null };
  const page = await value<Page<RunRow>>((done) =>
    listRuns(ledger, { ...query, limit: 2, cursor: null }, [], done),
  );
  expect(page.items.map((run) => run.runId)).toEqual([endedRunId(161), endedRunId(121)]);
  const events = await value<Page<RunEvent>>((done) =>
    runEvents(ledger, { ...names, runId: id, after: 0, limit: 100 }, done),
  );
  expect(events.items).toHaveLength(1 + endedTaskIds.length);
  await new Promise<void>((done) => ledger.close(done));
  rmSync(folder, { recursive: true });
});
