import { expect, test } from 'vitest';
import { dagId, taskId } from '../../base/brand.ts';
import { nodeFact, poolFact, runFact } from '../../model/fact.ts';
import type { State } from '../../model/state.ts';
import { alive, instance, measured, slots, stateOf, underWay } from '../testing/forecast-past.ts';
import { behind, here, later, node, queuedRun, spec, start, task } from '../testing/rows.ts';
import { type Forecast, type ForecastOptions, finish, forecastSteps } from './forecast.ts';
import { fork } from './fork.ts';

const minute = 60_000;

function forecast(state: State, options: Partial<ForecastOptions> = {}): Forecast {
  const made = finish(forecastSteps(fork(state), { now: start, ...options }));
  if (!made.ok) throw new Error(made.error.detail);
  return made.value;
}

/** Seconds from now at which an instance starts and ends, and where. */
function seen({ timeline }: Forecast, run: string, name: string, mapIndex = 0) {
  const line = timeline.line(instance(run, name, mapIndex));
  const seconds = (at: number | null | undefined) =>
    at == null ? null : Math.round((at - start) / 1000);
  return [seconds(line?.startsAt), seconds(line?.endsAt), line?.node ?? null] as const;
}

const chain = spec({ a: task(), b: behind(['a']), c: behind(['b']) });
const chainPast = measured('d', { a: 10_000, b: 20_000, c: 30_000 });

test('forecast: tasks take what half of their attempts took, one behind the other', () => {
  const made = forecast(stateOf(slots('n1', 4), alive('d', chain, 'r1'), chainPast));
  expect(seen(made, 'r1', 'a')).toEqual([0, 10, 'n1']);
  expect(seen(made, 'r1', 'b')).toEqual([10, 30, 'n1']);
  expect(seen(made, 'r1', 'c')).toEqual([30, 60, 'n1']);
  expect(made.span).toMatchObject({ from: start, end: 'quiet' });
  const [run] = [...made.timeline.runs.values()];
  expect(Math.round(((run?.endsAt ?? 0) - start) / 1000)).toBe(60);
});

test('forecast: what runs takes the rest of its time, or what slow attempts take', () => {
  const past = measured('d', { a: [10_000, 10_000, 40_000], b: 5_000, c: 5_000 });
  const facts = [slots('n1', 4), ...alive('d', chain, 'r1'), ...past];
  const half = forecast(stateOf(facts, underWay('r1', 'a', 4_000)));
  expect(seen(half, 'r1', 'a')).toEqual([-4, 6, 'n1']);
  const slow = forecast(stateOf(facts, underWay('r1', 'a', 15_000)));
  expect(seen(slow, 'r1', 'a')).toEqual([-15, 25, 'n1']);
  const overdue = forecast(stateOf(facts, underWay('r1', 'a', 90_000)));
  expect(seen(overdue, 'r1', 'a')).toEqual([-90, 1, 'n1']);
});

test('forecast: what was not measured takes the median of its DAG, or a second', () => {
  const past = measured('d', { a: 4_000, b: 6_000 });
  const known = forecast(stateOf(slots('n1', 4), alive('d', chain, 'r1'), past));
  expect(seen(known, 'r1', 'c')).toEqual([10, 14, 'n1']);
  const unknown = forecast(stateOf(slots('n1', 4), alive('d', chain, 'r1')));
  expect(seen(unknown, 'r1', 'c')).toEqual([2, 3, 'n1']);
});

test('forecast: who finds no room starts when somebody makes it', () => {
  const wide = spec({ a: task(), b: task(), c: task() });
  const past = measured('d', { a: 10_000, b: 10_000, c: 10_000 });
  const made = forecast(stateOf(slots('n1', 1), alive('d', wide, 'r1'), past));
  const starts = ['a', 'b', 'c'].map((name) => seen(made, 'r1', name)[0]);
  expect(starts.toSorted()).toEqual([0, 10, 20]);
  const last = ['a', 'b', 'c'][starts.indexOf(20)] ?? '';
  const before = ['a', 'b', 'c'][starts.indexOf(10)] ?? '';
  const line = made.timeline.line(instance('r1', last));
  expect(line?.behind).toMatchObject({ kind: 'room', of: { taskId: before } });
});

test('forecast: who waits for a pool starts when a slot of it is given back', () => {
  const pooled = task({ pool: 'mysql' });
  const past = measured('d', { a: 10_000, b: 10_000 });
  const pool = { namespace: here, name: 'mysql', slots: 1, description: '' };
  const facts = [
    slots('n1', 4),
    poolFact({ ...pool, updatedAt: start, updatedBy: 'ada' }),
    ...past,
  ];
  const made = forecast(stateOf(facts, alive('d', spec({ a: pooled, b: pooled }), 'r1')));
  const second = seen(made, 'r1', 'a')[0] === 0 ? 'b' : 'a';
  expect(seen(made, 'r1', second)).toEqual([10, 20, 'n1']);
  const line = made.timeline.line(instance('r1', second));
  expect(line?.behind).toMatchObject({ kind: 'pool', pool: 'mysql' });
});

test('forecast: nodes that are lost or drained take nothing', () => {
  const lost = nodeFact(node('n1', { status: 'lost' }));
  const drain = { since: start, until: null, by: 'ada' };
  const drained = nodeFact(node('n2', { drain }));
  const made = forecast(stateOf(lost, drained, slots('n3', 4), alive('d', chain, 'r1'), chainPast));
  expect(seen(made, 'r1', 'a')).toEqual([0, 10, 'n3']);
});

test('forecast: schedules fire as time passes, up to the horizon', () => {
  const hourly = { kind: 'cron', expression: '0 * * * *', timezone: 'UTC' } as const;
  const schedules = [{ ...hourly, dst: 'once', jitterMs: 0 } as const];
  const nightly = spec({ a: task() }, { schedules });
  const facts = [slots('n1', 4), ...alive('d', nightly), ...measured('d', { a: minute })];
  const made = forecast(stateOf(facts), { horizonMs: 3.5 * 60 * minute });
  const runs = [...made.timeline.runs.values()];
  expect(runs.map(({ startsAt }) => startsAt)).toEqual(
    [60, 120, 180].map((m) => later(m * minute)),
  );
  expect(runs.every(({ wasThere, endsAt }) => !wasThere && endsAt !== null)).toBe(true);
  expect(made.span).toEqual({ from: start, until: later(3.5 * 60 * minute), end: 'horizon' });
});

test('forecast: a wait takes its time, and an approval never comes', () => {
  const wait = { kind: 'wait', forMs: minute, until: null } as const;
  const ask = { message: '', fields: {}, onReject: 'fail', onTimeout: 'fail' } as const;
  const content = spec({
    w: task({ action: wait }),
    a: behind(['w']),
    ask: task({ action: { kind: 'approval', ...ask } }),
    b: behind(['ask']),
  });
  const made = forecast(stateOf(slots('n1', 4), alive('d', content, 'r1')));
  expect(seen(made, 'r1', 'w')).toEqual([0, 60, null]);
  expect(seen(made, 'r1', 'a')).toEqual([60, 61, 'n1']);
  expect(seen(made, 'r1', 'ask')).toEqual([0, null, null]);
  expect(seen(made, 'r1', 'b')).toEqual([null, null, null]);
  expect(made.span.end).toBe('quiet');
});

test('forecast: what would read an output goes as it goes when all is well', () => {
  const sh = (command: string) => task({ action: { kind: 'shell', command } });
  const branch = { kind: 'branch', follow: null, otherwise: [], shortCircuit: false } as const;
  const content = spec(
    {
      a: sh('echo {{ params.day }}'),
      b: { ...sh('echo {{ tasks.a.output.rows }}'), dependsOn: [taskId('a')] },
      c: behind(['a'], { condition: 'tasks.a.output.rows > 3' }),
      d: behind(['a'], { branches: true }),
      e: behind(['d']),
      f: behind(['a'], { action: { ...branch, condition: 'tasks.a.output.ok' } }),
      g: behind(['f']),
      h: behind(['a'], { repeat: { until: 'output == 1', max: 9, delayMs: 1_000 } }),
      i: behind(['a'], { map: 'i' }),
    },
    {
      templates: true,
      maps: {
        i: {
          ...{ over: { item: 'tasks.a.output.files' }, members: [taskId('i')] },
          ...{ dependsOn: [taskId('a')], triggerRule: 'all_success', activeMax: null },
        },
      },
    },
  );
  const made = forecast(stateOf(slots('n1', 20), alive('d', content, 'r1')));
  const [run] = [...made.timeline.runs.values()];
  expect(run?.row.status).toBe('success');
  expect([...(run?.tasks.values() ?? [])].every(({ startsAt }) => startsAt !== null)).toBe(true);
  expect(run?.tasks.size).toBe(9);
});

test('forecast: a task that hands over to another DAG waits for the run that it starts', () => {
  const subdag = { kind: 'subdag', dagId: dagId('child'), params: {}, wait: true } as const;
  const parent = spec({ a: task({ action: subdag }), b: behind(['a']) });
  const child = alive('child', spec({ x: task() }));
  const facts = [slots('n1', 4), ...child, ...measured('child', { x: minute })];
  const made = forecast(stateOf(facts, alive('d', parent, 'r1')));
  expect(seen(made, 'r1', 'b')).toEqual([60, 61, 'n1']);
  expect(made.timeline.runs.size).toBe(2);
});

test('forecast: what is stopped in time ends then, and makes room', () => {
  const hasty = spec({ a: task(), b: behind(['a']) }, { timeoutMs: 5_000 });
  const calm = spec({ x: task() });
  const facts = [...alive('d', hasty, 'r1'), ...measured('d', { a: 30_000, b: 1_000 })];
  const made = forecast(
    stateOf(slots('n1', 1), facts, underWay('r1', 'a', 1_000), alive('e', calm, 'r2')),
  );
  const run = made.timeline.runs.get('default/r1');
  expect(run?.row.status).toBe('failed');
  expect(seen(made, 'r1', 'a')).toEqual([-1, 5, 'n1']);
  expect(seen(made, 'r1', 'b')[0]).toBe(null);
  expect(seen(made, 'r2', 'x')).toEqual([5, 6, 'n1']);
});

test('forecast: an attempt that was asked to stop has stopped a moment later', () => {
  const stopping = { status: 'cancelling', becoming: 'cancelled', reason: 'by ada' } as const;
  const whole = spec({ a: task(), b: behind(['a']) });
  const run = { ...queuedRun('r1', { name: 'd', content: whole }), startedAt: start, ...stopping };
  const asked = underWay('r1', 'a', 1_000, { revoked: true });
  const facts = [...alive('d', whole), runFact(run), ...measured('d', { a: minute })];
  const made = forecast(stateOf(slots('n1', 1), facts, asked));
  expect(made.timeline.runs.get('default/r1')?.row.status).toBe('cancelled');
  expect(seen(made, 'r1', 'a')).toEqual([-1, 0, 'n1']);
});

test('forecast: it ends with its budget, and says so', () => {
  const facts = [slots('n1', 1), ...alive('d', chain, 'r1'), ...chainPast];
  const made = forecast(stateOf(facts), { turns: 2 });
  expect(made.span.end).toBe('budget');
  expect(seen(made, 'r1', 'c')).toEqual([null, null, null]);
});

test('forecast: the same rows give the same forecast, and stay as they were', () => {
  const wide = spec({ a: task(), b: behind(['a']), c: task(), d: behind(['a', 'c']) });
  const past = measured('d', { a: 7_000, b: 3_000, c: 5_000, d: 2_000 });
  const state = stateOf(slots('n1', 1), slots('n2', 2), alive('d', wide, 'r1', 'r2', 'r3'), past);
  const before = state.digest();
  const picture = () =>
    [...forecast(state).timeline.runs.values()].map(({ key, endsAt, tasks }) => ({
      ...{ key, endsAt },
      tasks: [...tasks.values()].map(({ taskId: id, startsAt, node: at }) => [id, startsAt, at]),
    }));
  expect(picture()).toEqual(picture());
  expect(state.digest()).toBe(before);
});

test('forecast: a refused command ends it', () => {
  const run = { namespace: here, dagId: dagId('nobody'), runId: null, logicalDate: null };
  const command = { kind: 'start-run', ...run, params: {}, priority: null } as const;
  const made = finish(forecastSteps(fork(stateOf()), { now: start, commands: [command] }));
  expect(made).toMatchObject({ ok: false, error: { code: 'DAG_NOT_FOUND' } });
});
