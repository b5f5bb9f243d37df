/**
 * W27 of gates: behind every assignment, whoever led, the attempts that are alive fit their pools
 * and their keys, their DAG has no more of them than it says, nor has the task; and no more have
 * begun with a rated key than its window allows. What an attempt takes is read from the definition
 * at its assignment.
 */
import type { TaskSpec } from '../../../src/model/dag.ts';
import type { RunRow } from '../../../src/model/run.ts';
import type { TaskRow } from '../../../src/model/task-instance.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

interface Held {
  readonly namespace: string;
  /** Of its DAG. */
  readonly dagId: string;
  readonly taskId: string;
  readonly pool: string | undefined;
  readonly slots: number;
  readonly key: string | undefined;
}

class GatesChecker implements Checker {
  readonly #scene: Scene;
  /** By task instance. */
  readonly #held = new Map<string, Held>();
  /** `namespace key perMs` -> times of starts. */
  readonly #starts = new Map<string, number[]>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded({ at, applied }: Recorded): void {
    for (const { change } of applied) {
      if (change.table !== 'task') continue;
      const { key, row } = change.fact;
      const isLive = row !== null && 'attempt' in row;
      const token = isLive ? row.attempt.token : undefined;
      const wasToken =
        change.before !== null && 'attempt' in change.before
          ? change.before.attempt.token
          : undefined;
      if (token === wasToken) continue;
      this.#held.delete(key);
      if (row !== null && isLive) this.#assigned(key, row, at);
    }
  }

  #assigned(key: string, row: TaskRow, at: number): void {
    const { state } = this.#scene.chronicle;
    const run = state.run(row.namespace, row.runId)?.run;
    const dag = run && state.version(run.namespace, run.dagId, run.versionId)?.spec;
    const spec = dag?.tasks[row.taskId];
    if (run === undefined || dag === undefined || spec === undefined) return;
    const { pool, poolSlots = 1, concurrency } = spec;
    const mutex = concurrency && rendered(concurrency.key, run);
    const { namespace, taskId } = row;
    const { dagId } = run;
    this.#held.set(key, { namespace, dagId, taskId, pool, slots: poolSlots, key: mutex });
    const all = [...this.#held.values()].filter((held) => held.namespace === namespace);
    const ofDag = all.filter((held) => held.dagId === dagId);
    this.#most(key, 'attempts of its DAG', ofDag.length, dag.maxConcurrency);
    const ofTask = ofDag.filter((held) => held.taskId === taskId);
    this.#most(key, 'attempts of its task', ofTask.length, spec.maxConcurrency);
    if (pool !== undefined) {
      const used = sum(all.map((held) => (held.pool === pool ? held.slots : 0)));
      const room = state.named('pool', row.namespace, pool)?.slots ?? 0;
      if (used > room) this.#violate(key, `takes ${used} of ${room} slots of pool ${pool}`);
    }
    if (concurrency !== undefined) {
      const alive = all.filter((held) => held.key === mutex).length;
      if (alive > concurrency.max) this.#violate(key, `is the ${alive}th with the key ${mutex}`);
    }
    this.#rated(key, { spec, run }, at);
  }

  #most(key: string, what: string, alive: number, most: number | undefined): void {
    if (most === undefined || alive < most) return;
    this.#scene.saw(`as many ${what} as allowed`);
    if (alive > most) this.#violate(key, `is one of ${alive} ${what}, allowed ${most}`);
  }

  #rated(
    key: string,
    { spec, run }: { readonly spec: TaskSpec; readonly run: RunRow },
    at: number,
  ): void {
    const { rate } = spec;
    if (rate === undefined) return;
    const name = `${rendered(rate.key, run)} ${rate.perMs}`;
    const starts = this.#starts.get(`${run.namespace} ${name}`) ?? [];
    this.#starts.set(`${run.namespace} ${name}`, starts);
    starts.push(at);
    const recent = starts.filter((start) => start > at - rate.perMs).length;
    if (recent > rate.max) this.#violate(key, `is the ${recent}th start within ${name} ms`);
  }

  #violate(key: string, text: string): void {
    this.#scene.violate('W27', `${key} ${text}`);
  }
}

/** The one template that keys hold here. */
const rendered = (key: string, { params }: RunRow): string =>
  key.replace('{{ params.n }}', String(params.n));

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

export const gates: MakeChecker = (scene) => new GatesChecker(scene);
