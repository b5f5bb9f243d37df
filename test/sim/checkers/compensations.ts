/**
 * Compensations: exactly what succeeded in a failed run is undone, newest success first, one at a
 * time; in other runs nothing is, unless somebody asks for it.
 */
import type { DagSpec } from '../../../src/model/dag.ts';
import type { EndedRun } from '../../../src/model/ended-run.ts';
import type { Applied } from '../../../src/model/state.ts';
import { type TaskRow, taskHasEnded } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

interface Life {
  /** What is being undone, in the order in which that began. */
  readonly undone: { readonly instance: string; readonly succeededAt: number }[];
  /** The rows of the run, as they are in the middle of a decision. */
  readonly rows: Map<string, TaskRow>;
  /** People changed its rows, or stopped it in the middle of this. */
  isMended: boolean;
}

const mends: ReadonlySet<string> = new Set(['mark-tasks', 'edit-run', 'compensate-run', 'rerun']);

const nobody = { namespace: '', runId: '', taskId: '', mapIndex: 0 } as const;

class CompensationsChecker implements Checker {
  readonly #scene: Scene;
  readonly #lives = new Map<string, Life>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded({ what, applied }: Recorded): void {
    for (const each of applied) this.#look(what, each);
  }

  #look(what: string, { change, ended }: Applied): void {
    if (change.table === 'run' && change.fact.row !== null) {
      const { key, row } = change.fact;
      const life = this.#lifeOf(key);
      const stage = 'ending' in row ? row.ending?.stage : undefined;
      const isStoppedInIt = row.status === 'cancelling' && stage !== 'compensate';
      const wasOpen = change.before?.status === 'running' && change.before.ending !== undefined;
      if (mends.has(what) || (isStoppedInIt && wasOpen)) life.isMended = true;
      if (ended !== undefined && !life.isMended) this.#ended(life, ended);
      if (ended !== undefined) life.rows.clear();
    }
    if (change.table !== 'task') return;
    const { row } = change.fact;
    const { namespace, runId, taskId, mapIndex } = row ?? change.before ?? nobody;
    const life = this.#lifeOf(`${namespace}/${runId}`);
    if (row?.markedBy !== undefined) life.isMended = true;
    if (row?.cause?.on === 'compensate' && change.before === null && row.status === 'pending') {
      this.#begins(life, row);
    }
    if (row === null) life.rows.delete(`${taskId} ${mapIndex}`);
    else life.rows.set(`${taskId} ${mapIndex}`, row);
  }

  #lifeOf(run: string): Life {
    const known = this.#lives.get(run);
    if (known !== undefined) return known;
    const life = { undone: [], rows: new Map<string, TaskRow>(), isMended: false };
    this.#lives.set(run, life);
    return life;
  }

  #begins(life: Life, row: TaskRow): void {
    const { runId, taskId, mapIndex, cause } = row;
    const rows = [...life.rows.values()];
    const what = `${runId}/${taskId}[${mapIndex}]`;
    const other = rows.find(
      (each) => each.cause?.on === 'compensate' && !taskHasEnded(each.status),
    );
    if (other !== undefined) this.#violate(`${what} begins while ${other.taskId} goes on`);
    const done = rows.find(
      (each) => each.taskId === cause?.taskId && each.mapIndex === cause.mapIndex,
    );
    if (done?.status !== 'success') {
      this.#violate(`${what} undoes ${cause?.taskId}, which is ${done?.status}`);
      return;
    }
    const last = life.undone.at(-1);
    if (!life.isMended && last !== undefined && last.succeededAt < done.endedAt) {
      this.#violate(`${what} undoes ${done.taskId} after ${last.instance}, which came earlier`);
    }
    const instance = `${done.taskId}[${done.mapIndex}]`;
    life.undone.push({ instance, succeededAt: done.endedAt });
  }

  #ended(life: Life, { run, tasks }: EndedRun): void {
    const { namespace, dagId, versionId, runId, status } = run;
    const spec = this.#scene.chronicle.state.version(namespace, dagId, versionId)?.spec;
    if (spec === undefined) return;
    const wanted = status === 'failed' ? toUndo(spec, tasks) : [];
    const undone = life.undone.map(({ instance }) => instance).sort();
    if (wanted.join() === undone.join()) return;
    this.#violate(`${runId} (${status}) undid ${undone.join(', ')}, not ${wanted.join(', ')}`);
  }

  #violate(text: string): void {
    this.#scene.violate('saga', text);
  }
}

/** Sorted. */
const toUndo = (spec: DagSpec, tasks: readonly TaskRow[]): readonly string[] =>
  tasks
    .filter(({ taskId, status }) => {
      const { compensate, role } = spec.tasks[taskId] ?? {};
      const isOfGraph = role === undefined || role.kind === 'teardown';
      return status === 'success' && compensate !== undefined && isOfGraph;
    })
    .map(({ taskId, mapIndex }) => `${taskId}[${mapIndex}]`)
    .sort();

export const compensations: MakeChecker = (scene) => new CompensationsChecker(scene);
