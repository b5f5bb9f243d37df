/** A story that begins with a running run `r1` of some tasks, on a node with four slots. */
import type { DagSpec, TaskAction, TaskSpec } from '../../model/dag.ts';
import { type Fact, runFact } from '../../model/fact.ts';
import type { RunRow } from '../../model/run.ts';
import { Decider } from './decider.ts';
import { dagFacts, nodes, queuedRun, spec, start, task } from './rows.ts';

const dayMs = 86_400_000;
const sleep = { kind: 'wait', forMs: dayMs, until: null } as const;

/**
 * What follows from the run's first moment is decided. A task `rest` sleeps for a day beside the
 * others, so that the run with its rows stays.
 */
export function begun(
  tasks: Readonly<Record<string, TaskSpec>>,
  more: {
    readonly dag?: Partial<DagSpec>;
    readonly run?: Partial<RunRow>;
    /** The past before the run. */
    readonly past?: readonly Fact[];
  } = {},
): Decider {
  const content = spec({ ...tasks, rest: task({ action: sleep }) }, more.dag);
  const row = { ...queuedRun('r1', { name: 'd', content }), ...more.run };
  const run = runFact({ ...row, status: 'running', startedAt: start });
  const past = more.past ?? [];
  const story = new Decider(...past, ...dagFacts('d', content), run, ...nodes('n1'));
  story.wake();
  return story;
}

/** One task that the leader does by itself, as task `a`. */
export const begunAction = (action: TaskAction, differs: Partial<TaskSpec> = {}): Decider =>
  begun({ a: task({ action, ...differs }) });
