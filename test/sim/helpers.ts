/**
 * People who help everything to its end when the faults are over: they answer what asks, resume
 * what is paused, give room, and cancel what would never end by itself.
 */
import type { Command } from '../../src/model/command.ts';
import type { LiveRun } from '../../src/model/readonly-state.ts';
import { couldHold } from './checkers/fitting.ts';
import type { Clients } from './clients.ts';
import type { MadeDag } from './dag-maker.ts';
import { liftQuota, putEverything } from './named-objects.ts';
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
    const { state } = world.chronicle;
    for (const { namespace, dagId } of state.dags()) {
      clients.ask({ kind: 'pause-dag', namespace, dagId, paused: true });
    }
    for (const row of state.allNamed('backfill')) {
      if (row.status === 'done' || row.status === 'cancelled') continue;
      const { namespace, backfillId } = row;
      clients.ask({ kind: 'change-backfill', namespace, backfillId, to: 'cancelled' });
    }
    putEverything(clients, [...new Set(this.#parts.dags.map(({ namespace }) => namespace))]);
    if (this.#atWork) return;
    this.#atWork = true;
    this.#look();
  }

  rest(): void {
    this.#atWork = false;
  }

  #look(): void {
    const { world, clients } = this.#parts;
    if (!this.#atWork) return;
    const { state } = world.chronicle;
    for (const { namespace } of state.namespaces()) liftQuota(clients, namespace);
    for (const { nodeId: node, drain } of state.nodes()) {
      if (drain !== undefined) clients.ask({ kind: 'resume-node', node });
    }
    for (const [at, live] of [...state.runs()].entries()) {
      for (const command of this.#helpFor(live, at)) clients.ask(command);
    }
    world.timeline.after(lookEveryMs, () => this.#look());
  }

  *#helpFor({ run, tasks }: LiveRun, at: number): Iterable<Command> {
    const { namespace, runId, versionId } = run;
    const common = { namespace, runId };
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
    const isStuck = made?.hangs === true || (made !== undefined && !this.#hasNodesFor(made));
    if (isHeld || isStuck) yield { kind: 'cancel-run', ...common };
  }

  /** Some nodes may be gone for good, and with them what only they could hold. */
  #hasNodesFor({ spec }: MadeDag): boolean {
    const { nodes, retired } = this.#parts.world;
    const left = nodes.filter((node) => !retired.has(node)).map(({ traits }) => traits);
    return Object.values(spec.tasks).every((task) => left.some((node) => couldHold(node, task)));
  }
}
