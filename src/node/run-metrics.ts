/**
 * Metrics of runs and tasks, counted from committed facts: every node counts the same facts, from
 * its start on, so one node is enough to scrape and a sum over nodes counts everything N times.
 *
 * Labels are bounded by what is defined (DAGs, tasks, states), never by what is run (T13). The
 * tasks of a large DAG share one label: ten thousand histograms are more than a scrape should
 * carry.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
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

export class RunMetrics {
  readonly #state: () => ReadonlyState | undefined;
  /** DAG of each live run, because a task row does not name it. */
  readonly #dagOf = new Map<string, string>();
  /** Live runs whose tasks are too many for labels of their own. */
  readonly #largeRuns = new Set<string>();
  /** Ended runs that wait to begin once more; their rows have come back as they were. */
  readonly #takenUp = new Set<string>();
  /** When the task of a live first attempt could have started. */
  readonly #readyAt = new Map<string, number>();
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
    this.#dagOf.set(key, run.dagId);
    if (before?.versionId !== run.versionId) this.#noteSize(key, run);
    if (before === null && run.generation > 1) this.#takenUp.add(key);
    else if (run.status !== 'queued') this.#takenUp.delete(key);
    if (before === null && run.trigger === 'schedule' && run.logicalDate !== null) {
      if (run.generation === 1)
        this.#scheduleDelay.observe(seconds(run.createdAt, run.logicalDate));
    }
    if (!runHasEnded(run.status) || !('endedAt' in run)) return;
    this.#dagOf.delete(key);
    this.#largeRuns.delete(key);
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

  #taskChanged(before: TaskRow | null, row: TaskRow): void {
    const run = runKey(row.namespace, row.runId);
    if (before === null && this.#takenUp.has(run)) return;
    const dagId = this.#dagOfTask(row);
    const isLarge = this.#largeRuns.has(run);
    const labels = { dag_id: dagId, task_id: isLarge ? '*' : row.taskId };
    const key = taskKey(row.namespace, row.runId, row.taskId, row.mapIndex);
    if (row.status === 'queued' && row.attempts.length === 0 && before?.status !== 'queued') {
      const readyAt = this.#findReadyAt(row);
      if (readyAt !== undefined) {
        this.#readyAt.set(key, readyAt);
        this.#queueDelay.observe(seconds(row.attempt.assignedAt, readyAt));
      }
    }
    if (row.attempts.length > (before?.attempts.length ?? 0)) this.#attemptEnded(key, row, labels);
    if (row.status === 'up_for_retry') this.#taskRetries.inc(labels);
    if (taskHasEnded(row.status) && !(before !== null && taskHasEnded(before.status))) {
      this.#taskRuns.inc({ ...labels, state: row.status });
    }
  }

  #attemptEnded(key: string, row: TaskRow, labels: { dag_id: string; task_id: string }): void {
    const last = row.attempts.at(-1);
    const readyAt = this.#readyAt.get(key);
    this.#readyAt.delete(key);
    if (last === undefined || last.startedAt === null) return;
    this.#taskDuration.observe(labels, seconds(last.endedAt, last.startedAt));
    if (readyAt !== undefined) this.#edgeLatency.observe(seconds(last.startedAt, readyAt));
  }

  /** The latest end of an upstream task as its executor saw it; undefined for a root. */
  #findReadyAt(row: TaskRow): number | undefined {
    const state = this.#state();
    const open = state?.run(row.namespace, row.runId);
    if (state === undefined || open === undefined) return undefined;
    const { run } = open;
    const version = state.version(run.namespace, run.dagId, run.versionId);
    const parents = version?.spec.tasks[row.taskId]?.dependsOn ?? [];
    const ends = parents.map((parent) =>
      lastEnd(open, taskKey(run.namespace, run.runId, parent, 0)),
    );
    return ends.length === 0 ? undefined : Math.max(...ends);
  }

  #dagOfTask(row: TaskRow): string {
    const key = runKey(row.namespace, row.runId);
    const known = this.#dagOf.get(key);
    if (known !== undefined) return known;
    // A run that was live when this node started.
    const run = this.#state()?.run(row.namespace, row.runId)?.run;
    if (run === undefined) return 'unknown';
    this.#dagOf.set(key, run.dagId);
    this.#noteSize(key, run);
    return run.dagId;
  }

  #noteSize(key: string, { namespace, dagId, versionId }: RunRow): void {
    const spec = this.#state()?.version(namespace, dagId, versionId)?.spec;
    if (spec !== undefined && Object.keys(spec.tasks).length > namedTasksMax) {
      this.#largeRuns.add(key);
    } else this.#largeRuns.delete(key);
  }
}

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
