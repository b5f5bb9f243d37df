import { describe, expect, it } from 'vitest';
import { dagId, type WallMs, wallMs } from '../base/brand.ts';
import type { BackfillRow } from '../model/backfill.ts';
import type { OperatorCommand } from '../model/command.ts';
import type { DagSpec } from '../model/dag.ts';
import { Board } from './board.ts';
import { Decider, runsIn } from './testing/decider.ts';
import {
  asks,
  cancelRun,
  dagFacts,
  here,
  nodes,
  spec,
  start,
  startRun,
  task,
} from './testing/rows.ts';

type Start = Extract<OperatorCommand, { readonly kind: 'start-backfill' }>;

const day = (number: number): WallMs => wallMs(Date.UTC(2025, 11, number));
const daily = {
  kind: 'cron',
  expression: '0 0 * * *',
  timezone: 'UTC',
  dst: 'once',
  jitterMs: 0,
} as const;
const dag = (differs: Partial<DagSpec> = {}): DagSpec =>
  spec({ a: task() }, { schedules: [daily], ...differs });

const backfill = (more: Partial<Start> = {}): Start => ({
  kind: 'start-backfill',
  namespace: here,
  dagId: dagId('d'),
  from: day(1),
  to: day(5),
  direction: 'forward',
  activeMax: 2,
  only: 'all',
  params: {},
  dryRun: false,
  ...more,
});

const change = (to: 'paused' | 'running' | 'cancelled', id: string): OperatorCommand => ({
  kind: 'change-backfill',
  namespace: here,
  backfillId: id,
  to,
});

const story = (content: DagSpec = dag()): Decider =>
  new Decider(...dagFacts('d', content), ...nodes('n1'));
const rowIn = (decider: Decider): BackfillRow => [...decider.state.allNamed('backfill')][0]!;
const dates = (decider: Decider): readonly string[] =>
  [...decider.state.runs()].map(({ run }) => new Date(run.logicalDate!).toISOString().slice(8, 10));

/** Ends the oldest run that is alive, and lets what follows happen. */
function endOne(decider: Decider, outcome: 'success' | 'failed' = 'success'): void {
  decider.assign();
  const [live] = [...decider.state.runs()].filter(({ run }) => run.status === 'running');
  decider.when(decider.ends('a', outcome, { run: live!.run.runId }));
  decider.wake();
}

describe('backfill', () => {
  it('W17: never more runs alive than it allows; each date once, in order, to the end', () => {
    const decider = story();
    const { answer } = decider.when(asks(backfill()));
    expect(answer).toMatchObject({ ok: true, value: { total: 5, passedOver: 0 } });
    decider.wake();
    expect(dates(decider)).toEqual(['01', '02']);
    const [first] = [...decider.state.runs()];
    expect(first?.run).toMatchObject({
      runId: `${rowIn(decider).backfillId}-20251201T000000Z`,
      trigger: 'backfill',
      dataInterval: { start: wallMs(Date.UTC(2025, 10, 30)), end: day(1) },
    });
    endOne(decider);
    expect(dates(decider)).toEqual(['02', '03']);
    for (let left = 0; left < 3; left++) endOne(decider, left === 0 ? 'failed' : 'success');
    expect(rowIn(decider)).toMatchObject({
      status: 'running',
      started: 5,
      succeeded: 3,
      failed: 1,
    });
    endOne(decider);
    expect(rowIn(decider)).toMatchObject({ status: 'done', started: 5, succeeded: 4, failed: 1 });
    expect(decider.state.count('run')).toBe(0);
  });

  it('P88: a new leader goes on where the last one stopped', () => {
    const decider = story();
    decider.when(asks(backfill()));
    const fresh = new Board(decider.state);
    expect(fresh.deadlines.takeDue(decider.now)).toMatchObject({ kind: 'backfill' });
    decider.wake();
    expect(new Board(decider.state).deadlines.takeDue(decider.now)).toBeUndefined();
  });

  it('W17: the DAG lets no more run than it allows, whatever the backfill says', () => {
    const decider = story(dag({ activeRunsMax: 1 }));
    decider.when(asks(backfill({ activeMax: 3 })));
    const { facts } = decider.wake();
    expect(runsIn(facts).filter((text) => text.endsWith('running'))).toHaveLength(1);
    expect(decider.state.count('run')).toBe(3);
  });

  it('goes backwards', () => {
    const decider = story();
    decider.when(asks(backfill({ direction: 'backward' })));
    decider.wake();
    expect(dates(decider)).toEqual(['05', '04']);
  });

  it('passes over dates that have runs, or those that did not fail', () => {
    const past = [
      { logicalDate: day(2), status: 'success' },
      { logicalDate: day(3), status: 'failed' },
      { logicalDate: day(3), status: 'success' },
      { logicalDate: day(4), status: 'failed' },
    ] as const;
    const todo = (only: Start['only']): readonly string[] => {
      const decider = story();
      const asked = asks(backfill({ only, activeMax: 9 }));
      const input = asked.kind === 'command' ? { ...asked, past } : asked;
      decider.when(input);
      decider.wake();
      return dates(decider);
    };
    expect(todo('missing')).toEqual(['01', '05']);
    expect(todo('failed')).toEqual(['04']);
    expect(todo('all')).toEqual(['01', '02', '03', '04', '05']);
  });

  it('W13: passes over a date whose run somebody has started since', () => {
    const decider = story();
    decider.when(asks(backfill({ only: 'missing', activeMax: 1 })));
    decider.wake();
    decider.when(asks(startRun('d', 'by-hand', { logicalDate: day(2) })));
    decider.assign();
    const first = [...decider.state.runs()].find(({ run }) => run.trigger === 'backfill');
    decider.when(decider.ends('a', 'success', { run: first!.run.runId }));
    decider.wake();
    expect(dates(decider)).toEqual(['02', '03']);
    expect(rowIn(decider)).toMatchObject({ started: 2, passedOver: 1 });
  });

  it('a dry run counts and lists, and changes nothing', () => {
    const decider = story();
    const { facts, answer } = decider.when(asks(backfill({ dryRun: true, direction: 'backward' })));
    expect(facts.filter(({ table }) => table !== 'request')).toEqual([]);
    expect(answer).toMatchObject({ ok: true, value: { backfillId: null, total: 5 } });
    expect(answer?.ok && answer.value.kind === 'backfill-started' && answer.value.dates[0]).toBe(
      day(5),
    );
  });

  it('is paused, resumed and cancelled', () => {
    const decider = story();
    decider.when(asks(backfill()));
    decider.wake();
    const { backfillId } = rowIn(decider);
    decider.when(asks(change('paused', backfillId)));
    endOne(decider);
    expect(dates(decider)).toEqual(['02']);
    decider.when(asks(change('running', backfillId)));
    decider.wake();
    expect(dates(decider)).toEqual(['02', '03']);
    decider.when(asks(change('cancelled', backfillId)));
    endOne(decider);
    expect(rowIn(decider)).toMatchObject({ status: 'cancelled', endedAt: start });
    const { answer } = decider.when(asks(change('running', backfillId)));
    expect(answer).toMatchObject({ ok: false, error: { code: 'BACKFILL_ENDED' } });
  });

  it('is over when its DAG is deleted', () => {
    const decider = story();
    decider.when(asks(backfill()));
    const { backfillId } = rowIn(decider);
    decider.when(asks(change('paused', backfillId)));
    decider.when(asks({ kind: 'delete-dag', namespace: here, dagId: dagId('d') }));
    expect(rowIn(decider)).toMatchObject({ status: 'cancelled', endedAt: start });
    const { answer } = decider.when(asks(change('running', backfillId)));
    expect(answer).toMatchObject({ ok: false, error: { code: 'BACKFILL_ENDED' } });
    decider.wake();
    expect(decider.state.count('run')).toBe(0);
  });

  it('a cancelled run makes room, and a rerun takes it again', () => {
    const decider = story();
    decider.when(asks(backfill({ activeMax: 1 })));
    decider.wake();
    const [live] = [...decider.state.runs()];
    const { turn } = decider.when(asks(cancelRun(live!.run.runId)));
    const ended = turn.applied.find((each) => each.ended !== undefined)?.ended ?? null;
    expect(rowIn(decider)).toMatchObject({ started: 1, failed: 1 });
    decider.when(
      asks(
        {
          kind: 'rerun',
          namespace: here,
          runId: live!.run.runId,
          tasks: null,
          downstream: false,
          failedOnly: false,
        },
        { ended },
      ),
    );
    expect(rowIn(decider)).toMatchObject({ started: 1, failed: 0 });
    decider.wake();
    expect(dates(decider)).toEqual(['01']);
  });

  it('without a schedule there is a date a day; the future and empty ranges are left out', () => {
    const decider = story(dag({ schedules: [] }));
    const total = (more: Partial<Start>): unknown => {
      const { answer } = decider.when(asks(backfill({ dryRun: true, ...more })));
      if (answer?.ok === false) return answer.error.code;
      return answer?.ok && answer.value.kind === 'backfill-started' && answer.value.total;
    };
    expect(total({})).toBe(5);
    expect(total({ to: wallMs(start + 9 * 86_400_000) })).toBe(32);
    expect(total({ from: day(3), to: day(2) })).toBe('BACKFILL_INVALID');
    expect(total({ from: wallMs(0) })).toBe('BACKFILL_INVALID');
  });
});
