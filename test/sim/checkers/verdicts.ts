/**
 * Verdicts, by an oracle of their own:
 *   W02  no task is assigned before the log says that it may run;
 *   T01  when a run has ended that nobody interfered with, every instance of its graph has ended as
 *        the ends of its parents demand, and the run as its leaves do (T02);
 *   teardowns ran if, and only if, something was set up, also in runs that were cancelled.
 */
import type { EndedRun } from '../../../src/model/ended-run.ts';
import type { TaskRow } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';
import { GraphOracle, type RunRows } from './graph-oracle.ts';
import { rowsOfLive } from './live-rows.ts';

/** Decisions by which people change what the ends of parents would have led to. */
const interfering: ReadonlySet<string> = new Set([
  'rerun',
  'mark-tasks',
  'edit-run',
  'compensate-run',
]);

class VerdictsChecker implements Checker {
  readonly #scene: Scene;
  readonly #touched = new Set<string>();
  readonly #stopped = new Set<string>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded({ what, applied }: Recorded): void {
    for (const { change, ended } of applied) {
      if (change.table === 'run' && change.fact.row !== null) {
        const { key, row } = change.fact;
        if (interfering.has(what)) this.#touched.add(key);
        if (row.status === 'cancelling') this.#stopped.add(key);
        if (ended !== undefined) this.#runEnded(key, ended);
      }
      if (change.table !== 'task' || change.fact.row === null) continue;
      const { row } = change.fact;
      const isFirst = change.before === null || change.before.status === 'pending';
      if (row.status === 'queued' && isFirst) this.#assigned(row);
      if (row.markedBy !== undefined) this.#touched.add(`${row.namespace}/${row.runId}`);
    }
  }

  /** An end and the assignment of what follows are one entry: what counts is the order in it. */
  #assigned({ namespace, runId, taskId, mapIndex }: TaskRow): void {
    const { state } = this.#scene.chronicle;
    const live = state.run(namespace, runId);
    const spec = live && state.version(namespace, live.run.dagId, live.run.versionId)?.spec;
    const role = spec?.tasks[taskId]?.role;
    if (live === undefined || spec === undefined || (role && role.kind !== 'teardown')) return;
    const oracle = new GraphOracle(spec, rowsOfLive(live));
    const judged = this.#judge(oracle, runId, taskId, mapIndex);
    if (judged === 'run') return;
    const text = `${runId}/${taskId}[${mapIndex}] is assigned, and its parents say ${judged}`;
    this.#scene.violate('W02', text);
  }

  #runEnded(key: string, ended: EndedRun): void {
    const { run, tasks } = ended;
    const { state } = this.#scene.chronicle;
    const spec = state.version(run.namespace, run.dagId, run.versionId)?.spec;
    if (spec === undefined || this.#touched.has(key)) return;
    // It was cancelled in the queue: nothing of it has ever been.
    if (!('startedAt' in run) || run.startedAt === null) return;
    const rows = rowsOf(ended);
    const oracle = new GraphOracle(spec, rows);
    const byInstance = new Map(tasks.map((row) => [`${row.taskId} ${row.mapIndex}`, row]));
    for (const id of oracle.tasks) {
      for (const at of oracle.instances(id)) {
        const row = byInstance.get(`${id} ${at}`);
        const name = `${run.runId}/${id}[${at}]`;
        if (row === undefined) this.#scene.violate('T01', `${name} has no end`);
        else if (this.#stopped.has(key)) this.#checkTeardown(oracle, name, row);
        else this.#checkEnd(oracle, name, row);
      }
    }
    if (this.#stopped.has(key)) return;
    const isFailed = oracle.failures().length > 0;
    if (isFailed === (run.status === 'failed')) return;
    this.#scene.violate('T02', `${run.runId} is ${run.status}: ${oracle.failures().join(', ')}`);
  }

  #checkEnd(oracle: GraphOracle, name: string, row: TaskRow): void {
    const { taskId, mapIndex, status } = row;
    const judged = this.#judge(oracle, row.runId, taskId, mapIndex);
    if (isEndOf(oracle, row, judged)) return;
    const left = oracle.isLeft(taskId, mapIndex);
    // A short circuit may come when something far behind it has begun already.
    if (left === 'far') return;
    // A branch may leave aside what a failure elsewhere has closed before.
    const byRule = left === undefined ? 'run' : oracle.judgeByRule(taskId, mapIndex);
    if (byRule !== 'run' && isEndOf(oracle, row, byRule)) return;
    this.#scene.violate('T01', `${name} is ${status}, and its parents say ${judged}`);
  }

  #checkTeardown(oracle: GraphOracle, name: string, row: TaskRow): void {
    const { role } = oracle.task(row.taskId);
    if (role?.kind !== 'teardown') return;
    const judged = this.#judge(oracle, row.runId, row.taskId, row.mapIndex);
    const ran = row.status === 'success' || row.status === 'failed' || row.attempts.length > 0;
    if (ran === (judged === 'run')) return;
    this.#scene.violate('T01', `${name} is ${row.status} in a stopped run; ${judged}`);
  }

  #judge(oracle: GraphOracle, runId: string, taskId: string, mapIndex: number): string {
    try {
      return oracle.judge(taskId, mapIndex);
    } catch (error) {
      return `nothing: ${runId}: ${String(error)}`;
    }
  }
}

/** Whether an instance may have ended so. */
function isEndOf(oracle: GraphOracle, row: TaskRow, judged: string): boolean {
  const { taskId, mapIndex, status, attempts } = row;
  const task = oracle.task(taskId);
  if (judged === 'skip') return status === 'skipped' && attempts.length === 0;
  if (judged === 'upstream_failed') return status === 'upstream_failed';
  if (judged === 'wait') {
    // The lists of its map were none.
    return task.map !== undefined && mapIndex === 0 && status === 'failed' && attempts.length === 0;
  }
  if (status === 'success' || status === 'failed') return true;
  if (status !== 'skipped') return false;
  const { kind } = task.action;
  const maySkip = task.condition !== undefined || kind === 'approval' || kind === 'await';
  return maySkip || attempts.length > 0;
}

function rowsOf({ tasks, outputs, expansions = [] }: EndedRun): RunRows {
  const statuses = new Map(tasks.map((row) => [`${row.taskId} ${row.mapIndex}`, row.status]));
  const said = new Map(outputs.map((row) => [`${row.taskId} ${row.mapIndex}`, row.json]));
  const sizes = new Map(expansions.map((row) => [row.mapId, row.size]));
  return {
    status: (id, at) => statuses.get(`${id} ${at}`),
    output: (id, at) => said.get(`${id} ${at}`),
    items: (mapId) => sizes.get(mapId),
  };
}

export const verdicts: MakeChecker = (scene) => new VerdictsChecker(scene);
