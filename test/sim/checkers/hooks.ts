/**
 * W29: whatever happened, those that are to be told of it are told: each moment gives each of its
 * hooks one instance with that cause, none is born without a moment, and when its run has ended it
 * has ended too. What happened is taken from the rows alone.
 *
 * A rerun of an ended run begins anew: its hooks may be told again.
 */
import type { DagSpec } from '../../../src/model/dag.ts';
import type { HookMoment } from '../../../src/model/dag-flow.ts';
import type { EndedRun } from '../../../src/model/ended-run.ts';
import type { RunRow } from '../../../src/model/run.ts';
import type { Applied } from '../../../src/model/state.ts';
import { type TaskRow, taskHasEnded } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

interface Life {
  /** `moment of task[index]` -> how often. */
  readonly moments: Map<string, number>;
  /** The same, by hook -> how often it was born for it. */
  readonly born: Map<string, Map<string, number>>;
  hasBegun: boolean;
  /** People set rows as they like: what follows from that is not judged. */
  isMended: boolean;
}

const mends: ReadonlySet<string> = new Set(['mark-tasks', 'edit-run', 'compensate-run']);

const nameOf = (on: string, taskId: string | null, mapIndex: number): string =>
  taskId === null ? `${on} of the run` : `${on} of ${taskId}[${mapIndex}]`;

class HooksChecker implements Checker {
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
      const life = this.#lifeOf(key, change.before === null);
      if (mends.has(what)) life.isMended = true;
      life.hasBegun ||= row.status === 'running';
      const { before } = change;
      // Who cancels a run that is ending stops its hooks as well.
      const wasEnding = before?.status === 'running' && before.ending !== undefined;
      if (wasEnding && row.status === 'cancelling') life.isMended = true;
      if (row.slaMissed === true && before?.slaMissed !== true)
        count(life.moments, runMoment('sla'));
      if (ended !== undefined) this.#ended(life, ended);
    }
    if (change.table !== 'task' || change.fact.row === null) return;
    const { row } = change.fact;
    const life = this.#lifeOf(`${row.namespace}/${row.runId}`, false);
    if (row.markedBy !== undefined) life.isMended = true;
    if (row.cause !== undefined && change.before === null && row.status === 'pending') {
      this.#isBorn(life, row);
    }
    // A rerun lays out again what was there before the run begins once more. What waits for a run
    // that is mended goes on in the same decision, and is not mended itself.
    if (!life.hasBegun || (mends.has(what) && life.isMended)) return;
    for (const on of momentsOf(change.before, row)) {
      count(life.moments, nameOf(on, row.taskId, row.mapIndex));
    }
  }

  #lifeOf(run: string, begins: boolean): Life {
    const known = this.#lives.get(run);
    if (known !== undefined && !begins) return known;
    const life: Life = {
      ...{ moments: new Map(), born: new Map() },
      ...{ hasBegun: false, isMended: false },
    };
    this.#lives.set(run, life);
    return life;
  }

  #isBorn(life: Life, { runId, taskId, mapIndex, cause }: TaskRow): void {
    if (cause === undefined || cause.on === 'compensate') return;
    const moment = nameOf(cause.on, cause.taskId, cause.mapIndex);
    const births = life.born.get(taskId) ?? new Map<string, number>();
    life.born.set(taskId, births);
    const many = count(births, moment);
    if (cause.taskId === null || life.isMended) return;
    if (many <= (life.moments.get(moment) ?? 0)) return;
    this.#scene.violate('W29', `${runId}/${taskId}[${mapIndex}] is told of ${moment}: it was not`);
  }

  #ended(life: Life, { run, tasks }: EndedRun): void {
    for (const { runId, taskId, mapIndex, cause, status } of tasks) {
      if (cause === undefined || taskHasEnded(status)) continue;
      this.#scene.violate('W29', `${runId}/${taskId}[${mapIndex}] is ${status}, its run has ended`);
    }
    const { namespace, dagId, versionId, runId } = run;
    const spec = this.#scene.chronicle.state.version(namespace, dagId, versionId)?.spec;
    if (spec === undefined || life.isMended || !hasBegun(run)) return;
    for (const on of endMoments(run)) count(life.moments, runMoment(on));
    for (const [hook, wanted] of wantedOf(spec, life)) {
      const births = life.born.get(hook);
      for (const [moment, times] of wanted) {
        const many = births?.get(moment) ?? 0;
        if (many === times) continue;
        const what = `${moment}, which came ${times} times`;
        const text = `${runId}/${hook} was told ${many} times of ${what}`;
        this.#scene.violate('W29', text);
      }
    }
  }
}

const hasBegun = (run: RunRow): boolean => 'startedAt' in run && run.startedAt !== null;

const runMoment = (on: HookMoment): string => nameOf(on, null, 0);

const endMoments = ({ status }: RunRow): readonly HookMoment[] =>
  status === 'success' ? ['success', 'exit'] : status === 'failed' ? ['failure', 'exit'] : ['exit'];

function momentsOf(before: TaskRow | null, after: TaskRow): readonly HookMoment[] {
  const misses = after.slaMissed === true && before?.slaMissed !== true;
  const sla: readonly HookMoment[] = misses ? ['sla'] : [];
  if (before?.status === after.status) return sla;
  if (after.status === 'success') return ['success', ...sla];
  if (after.status === 'failed') return ['failure', ...sla];
  // Who gave way has not failed: nobody hears of it.
  const how = after.attempts.at(-1)?.outcome;
  const gaveWay = how === 'preempted' || how === 'drained';
  return after.status === 'up_for_retry' && !gaveWay ? ['retry', ...sla] : sla;
}

/** Each hook, and what it is to be told. */
function* wantedOf(
  spec: DagSpec,
  { moments }: Life,
): Iterable<readonly [string, ReadonlyMap<string, number>]> {
  for (const [hook, { role }] of Object.entries(spec.tasks)) {
    if (role?.kind !== 'hook') continue;
    const { on, of } = role;
    const isWanted = (moment: string): boolean =>
      of === null ? moment === runMoment(on) : moment.startsWith(`${on} of ${of}[`);
    yield [hook, new Map([...moments].filter(([moment]) => isWanted(moment)))];
  }
}

function count(times: Map<string, number>, name: string): number {
  const many = (times.get(name) ?? 0) + 1;
  times.set(name, many);
  return many;
}

export const hooks: MakeChecker = (scene) => new HooksChecker(scene);
