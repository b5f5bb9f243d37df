/**
 * `why` is complete and true. Random stories are brought to rest; then, for every task instance
 * that does not run:
 *
 *   complete   some gate is named; and with all named gates open it starts
 *   true       with all but one of them open it does not start, unless opening the others has
 *              opened that one as well (the end of a parent gives back what it held)
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dagId, type RunId, taskId } from '../../base/brand.ts';
import type { DagSpec, TaskSpec } from '../../model/dag.ts';
import { estimateFact, type Fact, namespaceFact, nodeFact, poolFact } from '../../model/fact.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import { type GateView, type WhyView, whyLimits } from '../../model/views/why.ts';
import { isLive } from '../task-rows.ts';
import { Decider } from '../testing/decider.ts';
import { whyOf } from '../testing/looks.ts';
import { Opening } from '../testing/openers.ts';
import { asks, dagFacts, here, later, node, spec, start, startRun, task } from '../testing/rows.ts';
import { isWaitingRow } from './why.ts';

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const small = (max: number, min = 1) => fc.integer({ min, max });

const anyTask = fc.record({
  parents: fc.constantFrom(0, 0, 1, 2, 5, 7),
  slots: small(2),
  cpu: fc.constantFrom(0, 0, 1, 2, 4),
  pool: maybe(small(3)),
  key: maybe(fc.constantFrom('k', 'l')),
  rate: maybe(small(2)),
  zone: fc.constantFrom(undefined, undefined, 'a', 'b'),
  max: fc.constantFrom(undefined, undefined, 1, 2),
  priority: small(3, 0),
  rank: fc.constantFrom(undefined, undefined, 'high' as const, 'low' as const),
  delay: fc.constantFrom(undefined, undefined, undefined, 5_000),
  rule: fc.constantFrom('all_success' as const, 'all_done' as const, 'one_done' as const),
});

const anyNode = fc.record({
  slots: small(6, 0),
  cpu: small(8, 0),
  zone: fc.constantFrom(undefined, 'a', 'b'),
  state: fc.constantFrom('alive', 'alive', 'alive', 'lost', 'drained', 'tainted'),
});

const anyStep = fc.record({
  what: fc.constantFrom('end', 'end', 'end', 'wait', 'pause', 'resume', 'start'),
  which: fc.nat(100),
});

const anyStory = fc.record({
  tasks: fc.array(anyTask, { minLength: 2, maxLength: 6 }),
  nodes: fc.array(anyNode, { minLength: 1, maxLength: 3 }),
  pool: fc.constantFrom(undefined, 0, 2, 3, 4, 5, 6),
  quota: fc.record({
    runningTasks: maybe(small(4, 0)),
    cpu: maybe(small(6, 0).map((cores) => cores * 1_000)),
    activeRuns: maybe(small(2)),
    runsPerMinute: maybe(small(3)),
  }),
  activeRunsMax: small(3),
  maxConcurrency: fc.constantFrom(undefined, undefined, 1, 3),
  runs: small(3),
  steps: fc.array(anyStep, { maxLength: 8 }),
});

type AnyStory = typeof anyStory extends fc.Arbitrary<infer S> ? S : never;
type AnyTask = AnyStory['tasks'][number];

function specOf({ tasks, activeRunsMax, maxConcurrency }: AnyStory): DagSpec {
  const named = tasks.map((each, place) => [`t${place}`, taskOf(each, place)] as const);
  const most = maxConcurrency === undefined ? {} : { maxConcurrency };
  return spec(Object.fromEntries(named), { activeRunsMax, ...most });
}

function taskOf(each: AnyTask, place: number): TaskSpec {
  const { parents, slots, cpu, pool, key, rate, zone, max, priority, rank, delay, rule } = each;
  const before = [...Array(place).keys()].filter((at) => (parents >> at) & 1);
  return task({
    dependsOn: before.map((at) => taskId(`t${at}`)),
    triggerRule: rule,
    resources: { slots, cpu: cpu * 1_000 },
    labels: zone === undefined ? {} : { zone },
    priority: priority * 5,
    ...(pool !== undefined && { pool: 'p', poolSlots: pool }),
    ...(key !== undefined && { concurrency: { key, max: 1 } }),
    ...(rate !== undefined && { rate: { key: 'r', max: rate, perMs: 60_000 } }),
    ...(max !== undefined && { maxConcurrency: max }),
    ...(rank !== undefined && { priorityClass: rank }),
    ...(delay !== undefined && { delayMs: delay }),
  });
}

function storyOf(given: AnyStory): Decider {
  const { nodes, pool, quota, runs, steps } = given;
  const said = { description: '', updatedAt: start, updatedBy: 'test' };
  const limits = Object.entries(quota).filter(([, amount]) => amount !== undefined);
  const facts: readonly Fact[] = [
    ...nodes.map(nodeOf),
    ...(pool === undefined ? [] : [poolFact({ namespace: here, name: 'p', slots: pool, ...said })]),
    namespaceFact({ namespace: here, weight: 1, quota: Object.fromEntries(limits), ...said }),
    ...given.tasks.map((_, place) => learnt(`t${place}`)),
  ];
  const story = new Decider(...dagFacts('d', specOf(given)), ...facts);
  for (let run = 1; run <= runs; run++) story.wait(1_000).when(asks(startRun('d', `r${run}`)));
  rest(story);
  for (const step of steps) take(story, step);
  return story;
}

/** What tasks take is known, and nothing more is learnt: a rebuilt Board orders them the same. */
const learnt = (name: string): Fact =>
  estimateFact({
    ...{ namespace: here, dagId: dagId('d'), taskId: taskId(name) },
    ...{ samples: Array(15).fill(1_000), at: later(86_400_000) },
  });

function nodeOf({ slots, cpu, zone, state }: AnyStory['nodes'][number], place: number): Fact {
  return nodeFact(
    node(`n${place}`, {
      capacity: { slots, cpu: cpu * 1_000 },
      labels: zone === undefined ? {} : { zone },
      status: state === 'lost' ? 'lost' : 'alive',
      ...(state === 'drained' && { drain: { since: start, until: null, by: 'ada' } }),
      ...(state === 'tainted' && { taints: [{ key: 'x', value: '', effect: 'refuse' }] }),
    }),
  );
}

function take(story: Decider, { what, which }: AnyStory['steps'][number]): void {
  const live = [...story.state.runs()];
  const rows = live.flatMap(({ tasks }) => [...tasks.values()].filter(isLive));
  const row = rows[which % Math.max(1, rows.length)];
  // A queued run that is paused, or let go on, goes to the end of the queue until a leader is new.
  const begun = live.filter(({ run }) => run.status === 'running');
  const run = begun[which % Math.max(1, begun.length)]?.run;
  if (what === 'end' && row !== undefined) {
    const outcome = which % 4 === 0 ? 'failed' : 'success';
    story.when(story.ends(row.taskId, outcome, { run: row.runId }));
  } else if (what === 'wait') story.wait(which * 500);
  else if (what === 'start') story.wait(1).when(asks(startRun('d')));
  else if ((what === 'pause' || what === 'resume') && run !== undefined) {
    const { namespace, runId } = run;
    story.when(asks({ kind: 'pause-run', namespace, runId, paused: what === 'pause' }));
  }
  rest(story);
}

/** Everything that follows has been decided, and everything that fits is placed. */
function rest(story: Decider): void {
  for (let turn = 0; turn < 50; turn++) {
    const { facts } = story.wake();
    if (facts.length === 0 && story.assign().facts.length === 0) return;
  }
  throw new Error('it comes to no rest');
}

const orderCodes: readonly string[] = ['POOL_KEPT', 'QUOTA_KEPT', 'NODE_KEPT', 'OTHERS_FIRST'];

const isOpen = (story: Decider, { taskId: id, runId }: WhyView): boolean => {
  const row = story.row(id, runId);
  return row === undefined || isWaitingRow(row);
};

/** The story with these gates open; what is kept for one after the other is opened for each. */
function opened(story: Decider, why: WhyView, gates: readonly GateView[]): Decider {
  const codes = gates.map(({ code }) => code);
  let opening = new Opening(story, why);
  for (const gate of gates) opening.open(gate);
  let fork = opening.fork();
  for (let round = 0; round < 12; round++) {
    const again = isOpen(fork, why)
      ? whyOf(fork, why.taskId, why.runId).gates.filter(
          ({ code }) => orderCodes.includes(code) && codes.includes(code),
        )
      : [];
    if (again.length === 0) return fork;
    opening = new Opening(fork, why);
    for (const gate of again) opening.open(gate);
    fork = opening.fork();
  }
  return fork;
}

const hasStarted = (fork: Decider, { taskId: id, runId }: WhyView): boolean =>
  isLive(fork.row(id, runId)) || (fork.row(id, runId)?.attempts.length ?? 0) > 0;

/**
 * Gates that cannot be opened by themselves: a delay that has not begun is a part of the order, and
 * a parent that ends gives back its room, its slots and its key.
 */
const opensMore = ({ code, values }: GateView): boolean =>
  (code === 'DELAY' && values.since === null) || /"(queued|running)"/.test(JSON.stringify(values));

/** More go first than the gate names, so that the test cannot take all of them away. */
const namesTooFew = ({ code, values }: GateView): boolean =>
  code === 'OTHERS_FIRST' && Number(values.count) > whyLimits.namesShown;

const exact = ['pool', 'key', 'rate', 'limit', 'quota', 'node'];

it('why: names every gate that is closed, and none that is not', () => {
  const proven = new Map<string, number>();
  const note = (what: string): void => void proven.set(what, (proven.get(what) ?? 0) + 1);
  const check = (story: Decider, why: WhyView): void => {
    const { gates } = why;
    const said = `${why.taskId} of ${why.runId}: ${gates.map(({ text }) => text).join(' | ')}`;
    expect(gates.length, `a gate of ${said}`).toBeGreaterThan(0);
    if (gates.some(opensMore) || gates.some(namesTooFew)) return;
    const all = opened(story, why, gates);
    rest(all);
    expect(hasStarted(all, why), `all open, ${said}`).toBe(true);
    for (const gate of gates) {
      const others = gates.filter((each) => each !== gate);
      const fork = opened(story, why, others);
      const still = whyOf(fork, why.taskId, why.runId).gates.some(({ code }) => code === gate.code);
      const isExact =
        gate.code === 'OTHERS_FIRST' &&
        others.some(({ kind }) => exact.includes(kind)) &&
        !others.some(({ kind }) => kind === 'graph' || kind === 'run' || kind === 'order');
      if (!still && !isExact) continue;
      rest(fork);
      expect(hasStarted(fork, why), `without ${gate.code}, ${said}`).toBe(false);
      note(gate.code);
    }
  };
  fc.assert(
    fc.property(anyStory, (given) => {
      const story = storyOf(given);
      for (const { run, tasks } of story.state.runs()) {
        for (const id of Object.keys(story.board.planOf(run).spec.tasks)) {
          if (isWaitingRow(rowIn(tasks.values(), run.runId, id)))
            check(story, whyOf(story, id, run.runId));
        }
      }
    }),
    // The same stories each time; whoever hunts takes another seed, and more of them.
    { numRuns: 60, endOnFailure: true, seed: 16 },
  );
  for (const code of ['UPSTREAM', 'QUOTA', 'NO_ROOM', 'NO_NODE', 'OTHERS_FIRST']) {
    expect(proven.get(code), code).toBeGreaterThan(0);
  }
}, 60_000);

const rowIn = (rows: Iterable<TaskRow>, run: RunId, id: string) =>
  [...rows].find((row) => row.runId === run && row.taskId === id);
