/**
 * What the Board has learnt and `advance` has not followed up yet. Everything but happenings can be
 * derived from rows again, so a list may be worked off over several turns; a happening is followed
 * up in the decision that made it.
 */
import type { HookMoment } from '../model/dag-flow.ts';
import type { RunRow } from '../model/run.ts';
import type { Instance, Settled } from '../model/run-graph.ts';
import type { TaskRow } from '../model/task-instance.ts';
import { ToDo } from './to-do.ts';

/** An instance whose upstream says that it will not run. */
export interface Verdict {
  readonly run: RunRow;
  readonly settled: Extract<Settled, { readonly kind: 'close' }>;
}

/** An instance that may run, but for what the leader has to do first. */
export interface Beginning {
  readonly run: RunRow;
  readonly place: Instance;
}

/** A map whose lists can be evaluated. */
export interface Expansion {
  readonly run: RunRow;
  readonly mapId: string;
}

/** Something that hooks are told of. */
export interface Happening {
  readonly run: RunRow;
  readonly row: TaskRow;
  readonly moments: readonly HookMoment[];
}

export class BoardToDo {
  readonly verdicts = new ToDo<Verdict>();
  readonly beginnings = new ToDo<Beginning>();
  readonly expansions = new ToDo<Expansion>();
  readonly happenings = new ToDo<Happening>();
  /** Runs that are being cancelled. */
  readonly closings = new ToDo<RunRow>();
  readonly completeRuns = new ToDo<RunRow>();
  readonly #dagsWithRoom = new Set<string>();

  get size(): number {
    const { verdicts, beginnings, expansions, happenings, closings, completeRuns } = this;
    const runs = closings.size + completeRuns.size + this.#dagsWithRoom.size;
    return verdicts.size + beginnings.size + expansions.size + happenings.size + runs;
  }

  /** The DAG may have room for its queued runs. */
  addDag(dagKey: string): void {
    this.#dagsWithRoom.add(dagKey);
  }

  takeDag(): string | undefined {
    for (const dagKey of this.#dagsWithRoom) {
      this.#dagsWithRoom.delete(dagKey);
      return dagKey;
    }
    return undefined;
  }

  clear(): void {
    this.verdicts.clear();
    this.beginnings.clear();
    this.expansions.clear();
    this.happenings.clear();
    this.closings.clear();
    this.completeRuns.clear();
    this.#dagsWithRoom.clear();
  }
}
