/**
 * People who help everything to its end when the faults are over: they answer what asks, resume
 * what is paused, give room, and cancel what would never end by itself.
 */
import type { DagId } from '../../src/base/brand.ts';
import type { Command } from '../../src/model/command.ts';
import type { LiveRun } from '../../src/model/state.ts';
import type { Clients } from './clients.ts';
import type { MadeDag } from './dag-maker.ts';
import { putEverything, space } from './named-objects.ts';
import type { World } from './world.ts';

/** So many runs may end by themselves in the liveness phase, queued or not. */
const fewRuns = 5;
/** Between two looks at what is left. */
const lookEveryMs = 4000;

export interface HelperParts {
  readonly world: World;
  readonly clients: Clients;
  /** Every version that was ever made. */
  readonly dags: readonly MadeDag[];
}

export class Helpers {
  readonly #parts: HelperParts;
  #atWork = false;

  constructor(parts: HelperParts) {
    this.#parts = parts;
  }

  windDown(): void {
    const { world, clients } = this.#parts;
    for (const { dagId } of world.chronicle.state.dags()) this.#pause(dagId);
    for (const row of world.chronicle.state.allNamed('backfill')) {
      if (row.status === 'done' || row.status === 'cancelled') continue;
      const { backfillId } = row;
      clients.ask({ kind: 'change-backfill', namespace: space, backfillId, to: 'cancelled' });
    }
    putEverything(clients);
    if (this.#atWork) return;
    this.#atWork = true;
    this.#look();
  }

  rest(): void {
    this.#atWork = false;
  }

  #pause(dagId: DagId): void {
    this.#parts.clients.ask({ kind: 'pause-dag', namespace: space, dagId, paused: true });
  }

  #look(): void {
    const { world, clients } = this.#parts;
    if (!this.#atWork) return;
    for (const [at, live] of [...world.chronicle.state.runs()].entries()) {
      for (const command of this.#helpFor(live, at)) clients.ask(command);
    }
    world.timeline.after(lookEveryMs, () => this.#look());
  }

  *#helpFor({ run, tasks }: LiveRun, at: number): Iterable<Command> {
    const { runId, versionId } = run;
    const common = { namespace: space, runId };
    if (run.isPaused === true) yield { kind: 'pause-run', ...common, paused: false };
    for (const row of tasks.values()) {
      if (row.status !== 'deferred' || row.waitsFor.kind !== 'approval') continue;
      const { taskId, mapIndex } = row;
      const what = { taskId, mapIndex, approved: true, values: {}, note: '' };
      yield { kind: 'decide-approval', ...common, ...what };
    }
    if (run.status === 'cancelling') return;
    const isHeld = run.status === 'queued' && (at >= fewRuns || run.heldBy !== undefined);
    const made = this.#parts.dags.find((dag) => dag.versionId === versionId);
    // A long queue behind one run at a time would only take time.
    if (isHeld || made?.hangs === true) yield { kind: 'cancel-run', ...common };
  }
}
