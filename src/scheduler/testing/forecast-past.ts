/** Rows for tests of forecasts: a cluster of some nodes, DAGs whose tasks were measured, runs. */
import { dagId, runId, taskId, token } from '../../base/brand.ts';
import type { LiveAttempt } from '../../model/attempt.ts';
import type { DagSpec } from '../../model/dag.ts';
import { estimateFact, type Fact, nodeFact, runFact, taskFact } from '../../model/fact.ts';
import type { InstanceName } from '../../model/forecast.ts';
import { State } from '../../model/state.ts';
import { dagFacts, executorOf, here, later, node, queuedRun, start } from './rows.ts';

/** Milliseconds that recent attempts of each task took. */
export const measured = (dag: string, tasks: Readonly<Record<string, number | number[]>>) =>
  Object.entries(tasks).map(([task, ms]) =>
    estimateFact({
      ...{ namespace: here, dagId: dagId(dag), taskId: taskId(task) },
      ...{ samples: [ms].flat(), at: start },
    }),
  );

export const slots = (name: string, count: number): Fact =>
  nodeFact(node(name, { capacity: { slots: count } }));

/** A run that has begun; runs of one DAG are told apart by their names. */
export const running = (run: string, dag: string, content: DagSpec): Fact =>
  runFact({ ...queuedRun(run, { name: dag, content }), status: 'running', startedAt: start });

/** A DAG and its running runs. */
export const alive = (
  dag: string,
  content: DagSpec,
  ...runs: readonly string[]
): readonly Fact[] => [...dagFacts(dag, content), ...runs.map((run) => running(run, dag, content))];

/** An attempt on n1 that began some time before the forecast. */
export const underWay = (
  run: string,
  task: string,
  agoMs: number,
  differs: Partial<LiveAttempt> = {},
): Fact =>
  taskFact({
    ...{ namespace: here, runId: runId(run), taskId: taskId(task), mapIndex: 0 },
    ...{ attempts: [], tries: 0, status: 'running', startedAt: later(-agoMs) },
    attempt: {
      ...{ number: 1, ...executorOf('n1'), token: token(7), revoked: false },
      ...{ assignedAt: later(-agoMs), ...differs },
    },
  });

export function stateOf(...facts: readonly (Fact | readonly Fact[])[]): State {
  const state = new State();
  for (const fact of facts.flat(1)) state.apply(fact);
  return state;
}

export const instance = (run: string, task: string, mapIndex = 0): InstanceName => ({
  namespace: here,
  runId: runId(run),
  taskId: taskId(task),
  mapIndex,
});
