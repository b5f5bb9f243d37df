import { describe, expect, it } from 'vitest';
import { dagId } from '../base/brand.ts';
import { dagFact, runFact } from '../model/fact.ts';
import { versionKey } from '../model/keys.ts';
import { hasShape } from '../model/run-shape.ts';
import { State } from '../model/state.ts';
import { Board } from './board.ts';
import { type PlanLimits, Plans, planLimits } from './plans.ts';
import { dagFacts, here, later, queuedRun, spec, start, task, versionOf } from './testing/rows.ts';

const tasks = (count: number) =>
  spec(Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, task()])));

/** A state with DAGs `d0`, `d1`…, each later one changed later, of so many tasks each. */
function stateOf(dags: number, tasksEach: number): State {
  const state = new State();
  for (let at = 0; at < dags; at++) {
    const content = tasks(tasksEach);
    for (const fact of dagFacts(`d${at}`, content)) state.apply(fact);
    const row = state.dag(here, dagId(`d${at}`));
    if (row !== undefined) state.apply(dagFact({ ...row, updatedAt: later(at) }));
  }
  return state;
}

const versionIn = (state: State, name: string) => {
  const [version] = state.versionsOf(here, dagId(name));
  if (version === undefined) throw new Error(`${name} has a version`);
  return version;
};

const shaped = (state: State): readonly string[] =>
  [...state.dags()]
    .map(({ dagId: id }) => id)
    .filter((id) => hasShape(versionIn(state, id).spec))
    .sort();

const within = (limits: Partial<PlanLimits>): PlanLimits => ({ ...planLimits, ...limits });

describe('plans', () => {
  it('of a new leader are made ahead, those of the newest DAGs first', () => {
    const state = stateOf(3, 5);
    const { plans } = new Board(state);
    expect(plans.isBehind).toBe(true);
    expect(shaped(state)).toEqual([]);
    plans.ahead();
    expect(shaped(state)).toEqual(['d0', 'd1', 'd2']);
    plans.ahead();
    expect(plans.isBehind).toBe(false);
    const some = stateOf(3, 5);
    const stepwise = new Plans(some, within({ atOnce: 1 }));
    while (shaped(some).length === 0) stepwise.ahead();
    expect(shaped(some)).toEqual(['d2']);
  });

  it('are made ahead for DAGs with runs first, and not for paused ones', () => {
    const state = stateOf(3, 5);
    const content = versionIn(state, 'd0').spec;
    state.apply(runFact(queuedRun('r1', { name: 'd0', content })));
    const paused = state.dag(here, dagId('d2'));
    if (paused !== undefined) state.apply(dagFact({ ...paused, paused: true }));
    const plans = new Plans(state, within({ afterTakeOver: 6 }));
    while (plans.isBehind) plans.ahead();
    expect(shaped(state)).toEqual(['d0']);
  });

  it('are made ahead for so many tasks, and a large one takes several steps', () => {
    const state = stateOf(4, 9);
    const plans = new Plans(state, within({ afterTakeOver: 25, atOnce: 5 }));
    plans.ahead();
    expect(plans.kept).toBe(0);
    while (plans.isBehind) plans.ahead();
    expect(plans.kept).toBe(20);
  });

  it('a version that was applied just now is planned before all others', () => {
    const state = stateOf(2, 9);
    const plans = new Plans(state, within({ atOnce: 5 }));
    const [version, schedule, dag] = dagFacts('new', tasks(3));
    for (const fact of [version, schedule, dag]) if (fact !== undefined) state.apply(fact);
    const row = versionIn(state, 'new');
    plans.versionChanged(versionKey(here, row.dagId, row.versionId), row);
    while (plans.kept === 0) plans.ahead();
    expect(shaped(state)).toEqual(['new']);
  });

  it('are kept for so many tasks: the oldest go, but for those that a run uses', () => {
    const state = stateOf(5, 9);
    const content = versionIn(state, 'd0').spec;
    const run = queuedRun('r1', { name: 'd0', content });
    state.apply(runFact(run));
    state.apply(runFact({ ...run, status: 'running', startedAt: start }));
    const plans = new Plans(state, within({ kept: 30, afterTakeOver: 0 }));
    const first = plans.of(versionIn(state, 'd0'));
    for (const name of ['d1', 'd2', 'd3', 'd4']) plans.of(versionIn(state, name));
    expect(plans.kept).toBe(30);
    expect(shaped(state)).toEqual(['d0', 'd3', 'd4']);
    expect(plans.of({ ...run, versionId: versionOf(content) })).toBe(first);
    expect(plans.of(versionIn(state, 'd1')).shape.tasks.size).toBe(9);
  });
});
