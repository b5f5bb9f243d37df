import { expect, it } from 'vitest';
import type { RunView } from '../../../../src/model/views/run.ts';
import { needsOf, type Seen } from './needs.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const ago = (ms: number): string => new Date(now - ms).toISOString();
const minute = 60_000;

const run = (runId: string, more: Partial<RunView>): RunView => ({
  ...{ runId, namespace: 'default', dagId: 'd', versionId: 'v', state: 'running' },
  ...{ trigger: 'manual', logicalDate: null, params: {}, priority: 0, createdAt: ago(0) },
  ...{ createdBy: 'x', generation: 1, startedAt: null, endedAt: null, durationMs: null },
  ...{ reason: null, dataInterval: null, parent: null, backfillId: null, paused: false },
  ...{ heldBy: null, slaMissed: false, ending: null },
  ...more,
});
const usual = [1, 2, 3].map((at) => run(`s${at}`, { state: 'success', durationMs: minute }));
const keys = (seen: Partial<Seen>): readonly string[] =>
  needsOf({
    ...{ nowMs: now, runs: [], lostNodes: [], approvals: [], letters: [], queues: [] },
    ...{ slaMs: new Map(), ...seen },
  }).map(({ key }) => key);

it('needs: a lost node comes before approvals and letters', () => {
  const approval = { runId: 'r', dagId: 'd', taskId: 't', mapIndex: 0, message: '', fields: {} };
  const letter = { letterId: 'l', dagId: 'd', kind: 'event', reason: 'no', at: 0 };
  const found = keys({
    lostNodes: [{ nodeId: 'n1', since: now }],
    approvals: [{ ...approval, since: ago(0) }],
    letters: [letter],
  });
  expect(found).toEqual(['node/n1', 'approval/r/t/0', 'letter/l']);
});

it('needs: a run that takes far longer than usual, but not one that is merely late', () => {
  const runs = [
    ...usual,
    run('slow', { startedAt: ago(4 * minute) }),
    run('well', { startedAt: ago(2 * minute) }),
    run('new', { startedAt: ago(90 * minute), dagId: 'other' }),
  ];
  expect(keys({ runs })).toEqual(['slow/slow']);
});

it('needs: an SLA that was missed, and one of which little is left', () => {
  const slaMs = new Map([['d', 10 * minute]]);
  const runs = [
    run('missed', { startedAt: ago(11 * minute), slaMissed: true }),
    run('risk', { startedAt: ago(9 * minute) }),
    run('early', { startedAt: ago(minute) }),
    run('over', { state: 'failed', startedAt: ago(11 * minute), slaMissed: true }),
  ];
  expect(keys({ runs, slaMs })).toEqual(['sla/missed', 'risk/risk']);
});

it('needs: a run of which the usual time is longer than its SLA is at risk at once', () => {
  const runs = [...usual, run('r', { startedAt: ago(0) })];
  expect(keys({ runs, slaMs: new Map([['d', minute / 2]]) })).toEqual(['risk/r']);
});

it('needs: runs and tasks that wait for long', () => {
  const runs = [
    run('long', { state: 'queued', createdAt: ago(6 * minute) }),
    run('short', { state: 'queued', createdAt: ago(minute) }),
  ];
  const first = { runId: 'r', dagId: 'd', taskId: 't' };
  const queue = (since: string) => ({ waiting: 3, since, first, gates: [] });
  expect(keys({ runs, queues: [queue(ago(6 * minute)), queue(ago(minute))] })).toEqual([
    'waits/long',
    'queue/r/t',
  ]);
});
