import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DagSpec, TaskSpec } from '../model/dag.ts';
import { decodeRecord } from '../model/record.ts';
import type { RunRow } from '../model/run.ts';
import { State } from '../model/state.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { isLive } from './task-rows.ts';
import { asks, here, spec, task } from './testing/rows.ts';
import { anyGusts, Storm } from './testing/storm.ts';

const poolSlots = 2;
const keys = ['k', 'd0', '{{ run.dagId }}', '{{ run.dagId + "-" + task.id }}'] as const;

const anyTask: fc.Arbitrary<TaskSpec> = fc
  .record({
    pool: fc.option(fc.integer({ min: 1, max: poolSlots }), { nil: undefined }),
    key: fc.option(fc.constantFrom(...keys), { nil: undefined }),
    rate: fc.option(fc.constantFrom(...keys), { nil: undefined }),
    max: fc.integer({ min: 1, max: 2 }),
    perMs: fc.constantFrom(100, 700, 3000),
    retries: fc.nat(2),
  })
  .map(({ pool, key, rate, max, perMs, retries }) =>
    task({
      retries,
      ...(pool !== undefined && { pool: 'mysql', poolSlots: pool }),
      ...(key !== undefined && { concurrency: { key, max } }),
      ...(rate !== undefined && { rate: { key: rate, max, perMs } }),
    }),
  );

const anyContents: fc.Arbitrary<readonly DagSpec[]> = fc.array(
  fc
    .array(anyTask, { minLength: 1, maxLength: 5 })
    .map((tasks) => spec(Object.fromEntries(tasks.map((each, i) => [`t${i}`, each])))),
  { minLength: 1, maxLength: 3 },
);

/** What the templates of this test give, without the engine. */
const rendered = (key: string, run: RunRow, row: TaskRow): string =>
  key
    .replace('{{ run.dagId }}', run.dagId)
    .replace('{{ run.dagId + "-" + task.id }}', `${run.dagId}-${row.taskId}`);

interface Holder {
  readonly row: TaskRow;
  readonly run: RunRow;
  readonly spec: TaskSpec;
}

/** Every task with a live attempt, by the rows alone. */
function holdersOf(state: State): readonly Holder[] {
  return [...state.runs()].flatMap(({ run, tasks }) => {
    const version = state.version(run.namespace, run.dagId, run.versionId);
    return [...tasks.values()].filter(isLive).map((row) => {
      return { row, run, spec: version!.spec.tasks[row.taskId]! };
    });
  });
}

const aliveWith = (holders: readonly Holder[], key: string): number =>
  holders.filter(
    ({ row, run, spec: of }) => of.concurrency && rendered(of.concurrency.key, run, row) === key,
  ).length;

/** Goes through the log alone: every start is within the limits at the instant of its entry. */
function checkLog(storm: Storm): number {
  while (storm.kit.log.pending > 0) storm.commit();
  const state = new State();
  const starts: { readonly key: string; readonly at: number }[] = [];
  let count = 0;
  for (const { payload } of storm.kit.log.entries) {
    if (payload.length === 0) continue;
    const record = decodeRecord(payload);
    for (const fact of record.decisions.flatMap(({ facts }) => facts)) {
      const before = fact.table === 'task' ? tokenOf(state, fact.row) : undefined;
      state.apply(fact);
      if (fact.table !== 'task' || fact.row?.status !== 'queued') continue;
      if (fact.row.attempt.token === before) continue;
      const holders = holdersOf(state);
      const own = holders.find(({ row }) => row === fact.row);
      if (own === undefined) throw new Error('what has started is alive');
      const { concurrency, rate } = own.spec;
      const taken = holders.map(({ spec: of }) => (of.pool ? (of.poolSlots ?? 1) : 0));
      expect(taken.reduce((sum, slots) => sum + slots, 0)).toBeLessThanOrEqual(poolSlots);
      if (concurrency) {
        const key = rendered(concurrency.key, own.run, own.row);
        expect(aliveWith(holders, key)).toBeLessThanOrEqual(concurrency.max);
      }
      if (rate) {
        const key = `${rate.perMs}/${rendered(rate.key, own.run, own.row)}`;
        starts.push({ key, at: record.at });
        const near = starts.filter((start) => start.key === key);
        const within = near.filter(({ at }) => at + rate.perMs > record.at).length;
        expect(within).toBeLessThanOrEqual(rate.max);
      }
      count += 1;
    }
  }
  return count;
}

function tokenOf(state: State, row: TaskRow | null): number | undefined {
  if (row === null) return undefined;
  const known = state.task(row.namespace, row.runId, row.taskId, row.mapIndex);
  return isLive(known) ? known.attempt.token : undefined;
}

it('W11, W27: no gate is ever exceeded, whatever comes and whoever leads', () => {
  let starts = 0;
  fc.assert(
    fc.property(anyContents, anyGusts(40), anyGusts(25), (contents, gusts, more) => {
      const storm = new Storm(contents);
      const name = 'mysql';
      const put = { namespace: here, name, slots: poolSlots, description: '' } as const;
      storm.kit.drain(asks({ kind: 'put-pool', ...put }));
      storm.commit();
      for (const gust of gusts) storm.blow(gust);
      storm.loseLeadership();
      storm.leadAgain();
      for (const gust of more) storm.blow(gust);
      storm.calm();
      expect(storm.kit.state.count('run')).toBe(0);
      expect(storm.kit.leader.board.gates.picture()).toEqual([]);
      expect(storm.kit.events.filter(({ level }) => level === 'error')).toEqual([]);
      starts += checkLog(storm);
    }),
    { numRuns: 120 },
  );
  expect(starts).toBeGreaterThan(100);
});
