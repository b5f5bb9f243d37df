/**
 * A look: what one answer of `why` is made from. It sees what the leader decides by at one moment,
 * through a turn in which nothing is decided, and keeps what several gates ask for.
 */
import type { NodeId, TaskId } from '../../base/brand.ts';
import type { TaskSpec } from '../../model/dag.ts';
import { taskKey } from '../../model/keys.ts';
import type { NodeRow } from '../../model/node.ts';
import type { LiveRun } from '../../model/readonly-state.ts';
import type { RunRow } from '../../model/run.ts';
import { RunGraph } from '../../model/run-graph.ts';
import { defaultScheduling } from '../../model/scheduling.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import type { Demand } from '../demand.ts';
import type { NodeView } from '../fleet-explain.ts';
import { type Plan, taskSpec } from '../plan.ts';
import type { Place } from '../scope-of.ts';
import type { Turn } from '../turn.ts';
import { type PassAhead, passAhead } from './pass-ahead.ts';

/** Shapes whose first task is offered, to see what is kept for whom. */
const offersMax = 1_000;

/** The instance that is asked about. */
export interface Subject extends Place {
  readonly live: LiveRun;
  readonly run: RunRow;
  readonly plan: Plan;
  readonly spec: TaskSpec;
  readonly row: TaskRow | undefined;
}

export class Look {
  readonly turn: Turn;
  readonly mayTake: (node: NodeRow) => boolean;
  #ahead: PassAhead | undefined;
  readonly #graphs = new WeakMap<LiveRun, RunGraph>();
  readonly #nodes = new WeakMap<Demand, readonly NodeView[]>();

  constructor(turn: Turn, mayTake: (node: NodeRow) => boolean) {
    this.turn = turn;
    this.mayTake = mayTake;
  }

  get ahead(): PassAhead {
    this.#ahead ??= passAhead(this.turn, this.mayTake, offersMax);
    return this.#ahead;
  }

  get scheduling() {
    return this.turn.state.scheduling() ?? defaultScheduling;
  }

  /** A choice was made beside a reservation, which has less to give away now. */
  forgetAhead(): void {
    this.#ahead = undefined;
  }

  /** Every node, and what is in the way of the demand there. */
  nodesFor(demand: Demand, apart: ReadonlySet<NodeId> | undefined): readonly NodeView[] {
    const { fleet } = this.turn.board;
    const { mayTake } = this;
    if (apart !== undefined) return fleet.explain(demand, { mayTake, apart });
    const known = this.#nodes.get(demand) ?? fleet.explain(demand, { mayTake });
    this.#nodes.set(demand, known);
    return known;
  }

  /** The graph of a run; of one that has not begun as it would begin. */
  graphOf(live: LiveRun): RunGraph {
    const { run } = live;
    const known = this.turn.board.runBoard(run)?.graph ?? this.#graphs.get(live);
    if (known !== undefined) return known;
    const outputOf = (taskId: TaskId, mapIndex: number): string | undefined =>
      live.outputs.get(taskKey(run.namespace, run.runId, taskId, mapIndex))?.json;
    const { shape } = this.turn.board.planOf(run);
    const tasks = live.tasks.values();
    const expansions = live.expansions.values();
    const graph = new RunGraph(shape, { tasks, expansions, outputOf });
    this.#graphs.set(live, graph);
    return graph;
  }

  subject(live: LiveRun, { taskId, mapIndex }: Place): Subject {
    const { run } = live;
    const plan = this.turn.board.planOf(run);
    const row = live.tasks.get(taskKey(run.namespace, run.runId, taskId, mapIndex));
    return { live, run, plan, spec: taskSpec(plan, taskId), row, taskId, mapIndex };
  }
}
