/**
 * Metrics of runs and tasks, counted from committed facts: every node counts the same facts, from
 * its start on, so one node is enough to scrape and a sum over nodes counts everything N times.
 *
 * Labels are bounded by what is defined (DAGs, tasks, states), never by what is run (T13). The
 * tasks of a large DAG share one label: ten thousand histograms are more than a scrape should
 * carry.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { TaskId } from '../base/brand.ts';
import type { Change } from '../model/fact.ts';
import { runKey, taskKey } from '../model/keys.ts';
import type { LiveRun, ReadonlyState } from '../model/readonly-state.ts';
import { type RunRow, runHasEnded } from '../model/run.ts';
import { type TaskRow, taskHasEnded } from '../model/task-instance.ts';
import type { CommittedTurn } from '../scheduler/world.ts';

const dayMs = 86_400_000;
/** A DAG of more tasks than this is counted as a whole, under the task id `*`. */
const namedTasksMax = 500;
/** Ended runs per DAG that the success rate looks back on. */
const outcomesMax = 10_000;
const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300];
const durationBuckets = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];

type Outcome = { readonly at: number; readonly ok: boolean };

/** What is kept of a live run, because a task row does not name it. */
interface Known {
  readonly dagId: string;
  versionId: string;
  /** Its tasks are too many for labels of their own. */
  isLarge: boolean;
  /** Ended, and waits to begin once more; its rows have come back as they were. */
  isTakenUp: boolean;
  dependsOn: (taskId: TaskId) => readonly TaskId[];
  /** When the task of a live first attempt could have started; not that of a root. */
  readonly readyAt: Map<string, number>;
}

export class RunMetrics {
  readonly #state: () => ReadonlyState | undefined;
  readonly #runs = new Map<string, Known>();
  readonly #outcomes = new Map<string, Outcome[]>();
  readonly #taskRuns;
  readonly #taskDuration;
  readonly #taskRetries;
  readonly #queueDelay;
  readonly #edgeLatency;
  readonly #dagRuns;
  readonly #dagRunsFailed;
  readonly #dagRunDuration;
  readonly #scheduleDelay;

  constructor(registry: Registry, state: () => ReadonlyState | undefined) {
    this.#state = state;
    const registers = [registry];
    const counter = (name: string, help: string, labelNames: string[]) =>
      new Counter({ name, help, labelNames, registers });
    const histogram = (name: string, help: string, labelNames: string[], buckets: number[]) =>
      new Histogram({ name, help, labelNames, buckets, registers });
    const task = ['dag_id', 'task_id'];
    this.#taskRuns = counter('task_runs_total', 'Task instances that ended', [...task, 'state']);
    this.#taskDuration = histogram(
      'task_duration_seconds',
      'Run time of ended attempts',
      task,
      durationBuckets,
    );
    this.#taskRetries = counter('task_retries_total', 'Attempts that will be repeated', task);
    this.#queueDelay = histogram(
      'task_queue_delay_seconds',
      'From when a task could start to when it was assigned',
      [],
      latencyBuckets,
    );
    this.#edgeLatency = histogram(
      'skein_edge_latency_seconds',
      'From the end of the last upstream task to the start of the task',
      [],
      latencyBuckets,
    );
    this.#dagRuns = counter('dag_runs_total', 'Runs that ended', ['dag_id', 'state']);
    this.#dagRunsFailed = counter('dag_runs_failed_total', 'Runs that failed', ['dag_id']);
    this.#dagRunDuration = histogram(
      'dag_run_duration_seconds',
      'From start to end of a run',
      ['dag_id'],
      durationBuckets,
    );
    this.#scheduleDelay = histogram(
      'schedule_delay_seconds',
      'From when a run was due to when it was created',
      [],
      latencyBuckets,
    );
    this.#addGauges(registers);
  }

  committed(turn: CommittedTurn): void {
    for (const { change } of turn.applied) this.#observe(change);
  }

  #addGauges(registers: Registry[]): void {
    const state = this.#state;
    const gauge = (name: string, help: string, value: (state: ReadonlyState) => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          const now = state();
          this.set(now === undefined ? 0 : value(now));
        },
      });
    gauge('dag_runs_active', 'Runs that have not ended', (now) => now.count('run'));
    gauge('queued_tasks', 'Tasks assigned and not yet running', (now) => live(now, 'queued'));
    gauge('tasks_active', 'Tasks that run', (now) => live(now, 'running'));
    const outcomes = this.#outcomes;
    new Gauge({
      name: 'dag_success_rate',
      help: 'Share of the runs ended in the last 24 hours that succeeded',
      labelNames: ['dag_id'],
      registers,
      collect() {
        for (const [dagId, list] of outcomes) {
          const recent = list.filter(({ at }) => at > Date.now() - dayMs);
          if (recent.length === 0) this.remove({ dag_id: dagId });
          else this.set({ dag_id: dagId }, recent.filter((each) => each.ok).length / recent.length);
        }
      },
    });
  }

  #observe(change: Change): void {
    if (change.table === 'run') {
      if (change.fact.row !== null) this.#runChanged(change.before, change.fact.row);
    } else if (change.table === 'task' && change.fact.row !== null) {
      this.#taskChanged(change.before, change.fact.row);
    }
  }

  #runChanged(before: RunRow | null, run: RunRow): void {
    const key = runKey(run.namespace, run.runId);
    const known = this.#know(key, run);
    if (before === null && run.generation > 1) known.isTakenUp = true;
    else if (run.status !== 'queued') known.isTakenUp = false;
    if (before === null && run.trigger === 'schedule' && run.logicalDate !== null) {
      if (run.generation === 1)
        this.#scheduleDelay.observe(seconds(run.createdAt, run.logicalDate));
    }
    if (!runHasEnded(run.status) || !('endedAt' in run)) return;
    this.#runs.delete(key);
    this.#dagRuns.inc({ dag_id: run.dagId, state: run.status });
    if (run.status === 'failed') this.#dagRunsFailed.inc({ dag_id: run.dagId });
    if (run.startedAt !== null) {
      this.#dagRunDuration.observe({ dag_id: run.dagId }, seconds(run.endedAt, run.startedAt));
    }
    const list = this.#outcomes.get(run.dagId) ?? [];
    list.push({ at: run.endedAt, ok: run.status === 'success' });
    if (list.length > outcomesMax) list.shift();
    this.#outcomes.set(run.dagId, list);
  }

  /** What is known of a live run, by the version that it has now. */
  #know(key: string, run: RunRow): Known {
    const before = this.#runs.get(key);
    if (before?.versionId === run.versionId) return before;
    const tasks = this.#state()?.version(run.namespace, run.dagId, run.versionId)?.spec.tasks ?? {};
    const known = before ?? {
      ...{ dagId: run.dagId, versionId: '', isLarge: false, isTakenUp: false },
      ...{ dependsOn: () => [], readyAt: new Map<string, number>() },
    };
    known.versionId = run.versionId;
    known.isLarge = Object.keys(tasks).length > namedTasksMax;
    known.dependsOn = (taskId) => tasks[taskId]?.dependsOn ?? [];
    this.#runs.set(key, known);
    return known;
  }

  #taskChanged(before: TaskRow | null, row: TaskRow): void {
    const key = runKey(row.namespace, row.runId);
    const known = this.#runs.get(key) ?? this.#found(key, row);
    if (known === undefined || (before === null && known.isTakenUp)) return;
    const labels = { dag_id: known.dagId, task_id: known.isLarge ? '*' : row.taskId };
    if (row.status === 'queued' && row.attempts.length === 0 && before?.status !== 'queued') {
      this.#noteReady(known, row, row.attempt.assignedAt);
    }
    if (row.attempts.length > (before?.attempts.length ?? 0)) {
      this.#attemptEnded(known, row, labels);
    }
    if (row.status === 'up_for_retry') this.#taskRetries.inc(labels);
    if (taskHasEnded(row.status) && !(before !== null && taskHasEnded(before.status))) {
      this.#taskRuns.inc({ ...labels, state: row.status });
    }
  }

  /** A run that was live when this node started. */
  #found(key: string, row: TaskRow): Known | undefined {
    const run = this.#state()?.run(row.namespace, row.runId)?.run;
    return run && this.#know(key, run);
  }

  /** The latest end of an upstream task as its executor saw it; a root has none. */
  #noteReady(known: Known, row: TaskRow, assignedAt: number): void {
    const parents = known.dependsOn(row.taskId);
    const live = parents.length === 0 ? undefined : this.#state()?.run(row.namespace, row.runId);
    if (live === undefined) return;
    const ends = parents.map((parent) =>
      lastEnd(live, taskKey(row.namespace, row.runId, parent, 0)),
    );
    const readyAt = Math.max(...ends);
    known.readyAt.set(placeOf(row), readyAt);
    this.#queueDelay.observe(seconds(assignedAt, readyAt));
  }

  #attemptEnded(known: Known, row: TaskRow, labels: { dag_id: string; task_id: string }): void {
    const last = row.attempts.at(-1);
    const readyAt = known.readyAt.size === 0 ? undefined : known.readyAt.get(placeOf(row));
    if (readyAt !== undefined) known.readyAt.delete(placeOf(row));
    if (last === undefined || last.startedAt === null) return;
    this.#taskDuration.observe(labels, seconds(last.endedAt, last.startedAt));
    if (readyAt !== undefined) this.#edgeLatency.observe(seconds(last.startedAt, readyAt));
  }
}

const placeOf = ({ taskId, mapIndex }: TaskRow): string => `${taskId}/${mapIndex}`;

const lastEnd = (live: LiveRun, key: string): number =>
  live.tasks.get(key)?.attempts.at(-1)?.endedAt ?? 0;

const seconds = (later: number, earlier: number): number => Math.max(0, later - earlier) / 1000;

function live(state: ReadonlyState, status: TaskRow['status']): number {
  let count = 0;
  for (const { tasks } of state.runs()) {
    for (const row of tasks.values()) if (row.status === status) count += 1;
  }
  return count;
}
