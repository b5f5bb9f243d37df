import { expect, it } from 'vitest';
import { settled } from '../../test/ports/disk-clock.ts';
import { LedgerStage, unwrapped } from '../../test/support/ledger-life.ts';
import { storyNamespace } from '../../test/support/ledger-story.ts';
import { dagId, logIndex, runId, versionId, wallMs } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import type { DatedRun } from '../model/backfill.ts';
import { runFact } from '../model/fact.ts';
import type { PastRunAsked } from '../model/past-run.ts';
import type { RunRow } from '../model/run.ts';
import { State } from '../model/state.ts';
import { datedRuns, pastRun } from './queries-dated.ts';

type EndedRun = Extract<RunRow, { readonly status: 'success' | 'failed' }>;

const endedRun = (name: string, date: number | null, status: EndedRun['status']): EndedRun => {
  const whose = { namespace: storyNamespace, dagId: dagId('etl'), versionId: versionId('v1') };
  const times = { createdAt: wallMs(1), startedAt: wallMs(1), endedAt: wallMs(2) };
  const run = {
    ...{ ...whose, runId: runId(name), params: {}, priority: 0 },
    trigger: 'schedule',
    ...{ logicalDate: date === null ? null : wallMs(date), createdBy: 'ada', generation: 1 },
    ...times,
  } as const;
  return status === 'success' ? { ...run, status } : { ...run, status, reason: 'no' };
};

it('past runs: by date, by how and when they ended, on disk or not', () => {
  const stage = new LedgerStage();
  const ledger = stage.open();
  const state = new State();
  const rows = [
    endedRun('a', 10, 'success'),
    endedRun('b', 20, 'failed'),
    endedRun('c', 30, 'success'),
    endedRun('d', null, 'success'),
    { ...endedRun('e', 20, 'success'), dagId: dagId('other') },
  ];
  rows.forEach((row, at) => {
    const facts = [
      runFact({ ...row, status: 'running', startedAt: wallMs(1) } as RunRow),
      runFact(row),
    ];
    ledger.commit({
      index: logIndex(at + 1),
      at: wallMs(5),
      version: 1,
      decisions: [{ what: 'test', by: 'ada', facts }],
      applied: facts.map((fact) => state.apply(fact)),
    });
  });
  const ask = (): readonly DatedRun[] =>
    unwrapped(
      settled<Result<readonly DatedRun[], DiskError>>(stage.clock, (done) =>
        datedRuns(
          ledger,
          { namespace: storyNamespace, dagId: dagId('etl'), from: 10, to: 20 },
          done,
        ),
      ),
    );
  const expected = [
    { logicalDate: 20, status: 'failed' },
    { logicalDate: 10, status: 'success' },
  ];
  expect(ask()).toEqual(expected);
  stage.flush(ledger);
  expect(ask()).toEqual(expected);
  const past = (differs: Partial<PastRunAsked>): string | undefined =>
    unwrapped(
      settled<Result<RunRow | null, DiskError>>(stage.clock, (done) => {
        const of = { namespace: storyNamespace, dagId: dagId('etl'), states: ['success'] } as const;
        pastRun(ledger, { ...of, logicalDate: null, endedSince: wallMs(0), ...differs }, done);
      }),
    )?.runId;
  expect(past({ logicalDate: wallMs(10) })).toBe('a');
  expect(past({ logicalDate: wallMs(20) })).toBeUndefined();
  expect(past({ logicalDate: wallMs(20), states: ['success', 'failed'] })).toBe('b');
  expect(past({})).toBe('d');
  expect(past({ endedSince: wallMs(3) })).toBeUndefined();
});
