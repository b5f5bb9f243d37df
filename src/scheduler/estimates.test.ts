import { expect, it } from 'vitest';
import { dagId, taskId, wallMs } from '../base/brand.ts';
import type { DagSpec } from '../model/dag.ts';
import { quantileMs, samplesKept, withSample } from '../model/estimate.ts';
import { estimateFact } from '../model/fact.ts';
import { State } from '../model/state.ts';
import { Estimates, itemHeight, unknownMs } from './estimates.ts';
import { makePlan } from './plan.ts';
import { Decider } from './testing/decider.ts';
import {
  asks,
  dagFacts,
  here,
  later,
  nodes,
  spec,
  startRun,
  task,
  versionOf,
} from './testing/rows.ts';

const dag = dagId('d');
const chain = spec({
  a: task(),
  b: task({ dependsOn: [taskId('a')] }),
  w: task({ dependsOn: [taskId('b')], action: { kind: 'wait', forMs: 500, until: null } }),
});

const planOf = (content: DagSpec) => {
  const made = { createdAt: later(0), createdBy: 'test' };
  const versionId = versionOf(content);
  return makePlan({ namespace: here, dagId: dag, versionId, spec: content, ...made });
};

const learntOf = (name: string, ...samples: readonly number[]) =>
  estimateFact({ namespace: here, dagId: dag, taskId: taskId(name), samples, at: later(0) });

function expectedWith(...facts: readonly ReturnType<typeof learntOf>[]) {
  const state = new State();
  for (const fact of facts) state.apply(fact);
  const plan = planOf(chain);
  const { own, toEnd } = new Estimates(state).of(here, dag, plan);
  return { own: Object.fromEntries(own), toEnd: Object.fromEntries(toEnd) };
}

it('estimates: the middle of the samples, and what is expected behind a task is added up', () => {
  expect(expectedWith(learntOf('a', 10, 90, 20), learntOf('b', 100))).toEqual({
    own: { a: 20, b: 100, w: 500 },
    toEnd: { a: 620, b: 600, w: 500 },
  });
});

it('estimates: an unknown task takes what the others of its DAG take, or a second', () => {
  expect(expectedWith(learntOf('a', 700)).own).toEqual({ a: 700, b: 700, w: 500 });
  const nothing = new Estimates(new State());
  const plain = planOf(spec({ a: task() }));
  expect(nothing.of(here, dag, plain).own.get(taskId('a'))).toBe(unknownMs);
  expect(nothing.longMs(here, dag, taskId('a'))).toBeNull();
});

it('estimates: what was worked out is kept until something is learnt of the DAG', () => {
  const state = new State();
  const estimates = new Estimates(state);
  const plan = planOf(chain);
  const first = estimates.of(here, dag, plan);
  expect(estimates.of(here, dag, plan)).toBe(first);
  state.apply(learntOf('a', 42));
  estimates.learnt({ namespace: here, dagId: dag });
  expect(estimates.of(here, dag, plan).own.get(taskId('a'))).toBe(42);
});

it('estimates: tasks of an item stand as high as the item’s first one', () => {
  const mapped = spec(
    {
      load: task({ map: 'm' }),
      save: task({ map: 'm', dependsOn: [taskId('load')] }),
    },
    {
      maps: {
        m: {
          ...{ over: { item: '[1, 2]' }, dependsOn: [], triggerRule: 'all_success' },
          ...{ members: [taskId('load'), taskId('save')], activeMax: null },
        },
      },
    },
  );
  const plan = planOf(mapped);
  const expected = new Estimates(new State()).of(here, dag, plan);
  const heights = ['load', 'save'].map((name) => itemHeight(plan, expected, { map: 'm' }) ?? name);
  expect(heights).toEqual([2 * unknownMs, 2 * unknownMs]);
  expect(itemHeight(plan, expected, {})).toBeUndefined();
});

it('estimates: quantiles are by nearest rank, and only the newest samples are kept', () => {
  let row = withSample(undefined, { namespace: here, dagId: dag, taskId: taskId('a') }, sample(1));
  for (let ms = 2; ms <= 40; ms++) row = withSample(row, row, sample(ms));
  expect(row.samples).toHaveLength(samplesKept);
  expect([quantileMs(row, 0), quantileMs(row, 0.5), quantileMs(row, 0.9)]).toEqual([26, 33, 39]);
});

const sample = (ms: number) => ({ ms, at: later(ms) });

it('learning: the first five successes are remembered, then one in a minute', () => {
  const content = spec({ a: task() });
  const story = new Decider(...dagFacts('d', content), ...nodes('n1'));
  const samples: (number | undefined)[] = [];
  for (let round = 1; round <= 8; round++) {
    const run = `r${round}`;
    story.when(asks(startRun('d', run)));
    story.assign();
    story.wait(round === 8 ? 60_000 : 1_000);
    const startedAt = wallMs(story.now - 100 * round);
    story.when(story.ends('a', 'success', { run, startedAt, endedAt: story.now }));
    samples.push(story.state.estimate(here, dag, taskId('a'))?.samples.at(-1));
  }
  expect(samples).toEqual([100, 200, 300, 400, 500, 500, 500, 800]);
});

it('learning: a failure teaches nothing, nor does an end without a start', () => {
  const content = spec({ a: task(), b: task() });
  const story = new Decider(...dagFacts('d', content), ...nodes('n1'));
  story.when(asks(startRun('d', 'r1')));
  story.assign();
  story.when(story.ends('a', 'failed', { startedAt: story.now }));
  story.when(story.ends('b', 'success', { startedAt: null }));
  expect([...story.state.estimates()]).toEqual([]);
});
