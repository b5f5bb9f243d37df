import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runId, taskId, token } from '../base/brand.ts';
import { decode, encode } from '../base/codec.ts';
import {
  behind,
  dagFacts,
  here,
  later,
  node,
  queuedRun,
  spec,
  start,
  task,
} from '../scheduler/testing/rows.ts';
import { dagFact, type Fact, nodeFact, outputFact, runFact, taskFact } from './fact.ts';
import { type Applied, State } from './state.ts';

const content = spec({ a: task(), b: behind(['a']) });
const dag = { name: 'd', content };

/** What anybody can see of a state, in an order of its own. */
function picture(state: State) {
  const rows = [...state.facts()].map((fact) => JSON.stringify(fact)).sort();
  const counts = (['dag', 'run', 'task', 'output', 'node', 'request'] as const).map((table) =>
    state.count(table),
  );
  return { rows, counts, digest: state.digest() };
}

type Step =
  | { readonly kind: 'run'; readonly run: string; readonly phase: number }
  | { readonly kind: 'task'; readonly run: string; readonly name: string; readonly phase: number }
  | { readonly kind: 'output'; readonly run: string; readonly name: string; readonly on: boolean }
  | { readonly kind: 'node'; readonly name: string; readonly phase: number }
  | { readonly kind: 'dag'; readonly phase: number };

const aRun = fc.constantFrom('r1', 'r2', 'r3');
const aName = fc.constantFrom('a', 'b');
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('run' as const), run: aRun, phase: fc.nat(4) }),
  fc.record({ kind: fc.constant('task' as const), run: aRun, name: aName, phase: fc.nat(3) }),
  fc.record({ kind: fc.constant('output' as const), run: aRun, name: aName, on: fc.boolean() }),
  fc.record({
    kind: fc.constant('node' as const),
    name: fc.constantFrom('n1', 'n2'),
    phase: fc.nat(3),
  }),
  fc.record({ kind: fc.constant('dag' as const), phase: fc.nat(2) }),
);

/** The fact of a step, or undefined where S3 forbids it. */
function factOf(step: Step, state: State): Fact | undefined {
  switch (step.kind) {
    case 'run': {
      const run = queuedRun(step.run, dag);
      const times = { startedAt: start, endedAt: later(step.phase) };
      if (step.phase === 0) return runFact(run);
      if (step.phase === 1) return runFact({ ...run, status: 'running', startedAt: start });
      if (step.phase === 2) return runFact({ ...run, status: 'success', ...times });
      if (step.phase === 3) return runFact({ ...run, status: 'failed', ...times, reason: 'x' });
      const live = state.run(here, runId(step.run));
      return live !== undefined && live.tasks.size + live.outputs.size === 0
        ? { table: 'run', key: `${here}/${step.run}`, row: null }
        : undefined;
    }
    case 'task': {
      if (state.run(here, runId(step.run)) === undefined) return undefined;
      const of = { namespace: here, runId: runId(step.run), taskId: taskId(step.name) };
      const common = { ...of, mapIndex: 0, attempts: [], tries: step.phase };
      const key = `${here}/${step.run}/${step.name}/0`;
      if (step.phase === 0) return { table: 'task', key, row: null };
      return step.phase === 1
        ? taskFact({ ...common, status: 'pending' })
        : taskFact({ ...common, status: 'success', endedAt: later(step.phase) });
    }
    case 'output': {
      if (state.run(here, runId(step.run)) === undefined) return undefined;
      const of = { namespace: here, runId: runId(step.run), taskId: taskId(step.name) };
      const row = { ...of, mapIndex: 0, token: token(1), json: '1' };
      return step.on ? outputFact(row) : { ...outputFact(row), row: null, table: 'output' };
    }
    case 'node':
      return step.phase === 0
        ? { table: 'node', key: step.name, row: null }
        : nodeFact(node(step.name, { since: later(step.phase) }));
    case 'dag': {
      const fact = dagFacts('d', content)[2]!;
      if (fact.table !== 'dag' || fact.row === null) return undefined;
      if (step.phase === 0) return { ...fact, row: null };
      return dagFact({ ...fact.row, paused: step.phase === 1 });
    }
  }
}

function applyAll(state: State, steps: readonly Step[]): Applied[] {
  const applied: Applied[] = [];
  for (const step of steps) {
    const fact = factOf(step, state);
    if (fact !== undefined) applied.push(state.apply(fact));
  }
  return applied;
}

const anySteps = fc.array(anyStep, { maxLength: 60 });

describe('state', () => {
  it('S2: undo in reverse order restores rows, packed runs and digest exactly', () => {
    fc.assert(
      fc.property(anySteps, anySteps, (past, steps) => {
        const state = new State();
        applyAll(state, past);
        const before = picture(state);
        const applied = applyAll(state, steps);
        for (const each of applied.reverse()) state.undo(each);
        expect(picture(state)).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it('S4: the digest is that of the rows, not of the way they came', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const state = new State();
        applyAll(state, steps);
        const copy = new State();
        for (const fact of state.facts()) copy.apply(fact);
        expect(copy.digest()).toBe(state.digest());
        const reversed = new State();
        const facts = [...state.facts()];
        const runs = facts.filter(({ table }) => table === 'run');
        for (const fact of [...runs, ...facts.reverse().filter((each) => !runs.includes(each))]) {
          reversed.apply(fact);
        }
        expect(reversed.digest()).toBe(state.digest());
      }),
    );
  });

  it('W37, P84: facts from the log give the digest of the facts that were decided', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const state = new State();
        const facts = applyAll(state, steps).map(({ change }) => change.fact);
        const replica = new State();
        for (const fact of facts) replica.apply(decode<Fact>(encode(fact)));
        expect(replica.digest()).toBe(state.digest());
      }),
    );
  });

  it('two states with different rows have different digests', () => {
    const digestOf = (...facts: readonly Fact[]): string => {
      const state = new State();
      for (const fact of facts) state.apply(fact);
      return state.digest();
    };
    const digests = [
      digestOf(),
      digestOf(nodeFact(node('n1'))),
      digestOf(nodeFact(node('n2'))),
      digestOf(nodeFact(node('n1')), nodeFact(node('n2'))),
      digestOf(nodeFact(node('n1', { status: 'lost' }))),
      ...Array.from({ length: 500 }, (_, i) =>
        digestOf(nodeFact(node('n1', { since: later(i + 1) }))),
      ),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('an ended run leaves memory packed, with its tasks and outputs', () => {
    const state = new State();
    const steps: readonly Step[] = [
      { kind: 'run', run: 'r1', phase: 1 },
      { kind: 'task', run: 'r1', name: 'a', phase: 2 },
      { kind: 'output', run: 'r1', name: 'a', on: true },
      { kind: 'run', run: 'r1', phase: 2 },
    ];
    const ended = applyAll(state, steps).at(-1)?.ended;
    expect(ended).toMatchObject({
      run: { status: 'success' },
      tasks: [{ taskId: 'a' }],
      outputs: [{ json: '1' }],
    });
    expect([state.count('run'), state.count('task'), state.count('output')]).toEqual([0, 0, 0]);
    expect(state.endedLately(here, runId('r1'))).toBe(1);
    expect(state.digest()).toBe(new State().digest());
  });

  it('S3: a task without a live run is our own bug', () => {
    const of = { namespace: here, runId: runId('none'), taskId: taskId('a'), mapIndex: 0 };
    const row = { ...of, attempts: [], tries: 0, status: 'pending' } as const;
    expect(() => new State().apply(taskFact(row))).toThrow('S3');
  });
});
