/**
 * Events: what comes from outside starts at most one run for each trigger, however often it is told
 * and whoever leads (W13, W18); the end of a run starts the runs of those who wait for it, in the
 * same entry, or is written down as a dead letter (W29).
 */
import type { DagRow } from '../../../src/model/dag.ts';
import type { EventTrigger } from '../../../src/model/dag-trigger.ts';
import type { RunRow } from '../../../src/model/run.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

/** What the payloads of the simulation hold. */
interface Said {
  readonly key?: string;
  readonly runId?: string;
}

class EventsChecker implements Checker {
  readonly #scene: Scene;
  /** `DAG trigger source key` -> the run that it started. */
  readonly #used = new Map<string, string>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded(decision: Recorded): void {
    const started: RunRow[] = [];
    const ended: RunRow[] = [];
    let letters = 0;
    for (const { change, ended: packed } of decision.applied) {
      if (change.table === 'letter' && change.fact.row !== null) letters += 1;
      if (change.table !== 'run' || change.fact.row === null) continue;
      const { row } = change.fact;
      if (packed !== undefined) ended.push(row);
      const isNew = change.before === null && row.generation === 1 && row.status === 'queued';
      if (!isNew || row.trigger !== 'event') continue;
      started.push(row);
      this.#starts(row);
    }
    for (const row of ended) this.#heard(row, { started, letters });
  }

  #starts({ dagId, createdBy, payload, runId }: RunRow): void {
    const said: unknown = JSON.parse(payload ?? 'null');
    for (const [place, each] of [said].flat().entries()) {
      const { key } = isSaid(each) ? each : {};
      if (key === undefined) continue;
      const event = `${dagId} ${createdBy} ${place} ${key}`;
      const other = this.#used.get(event);
      if (other !== undefined) {
        this.#scene.violate('W13', `${event} starts ${runId}, and started ${other}`);
      }
      this.#used.set(event, runId);
    }
  }

  #heard(
    run: RunRow,
    { started, letters }: { readonly started: readonly RunRow[]; readonly letters: number },
  ): void {
    if (letters > 0) return;
    for (const { dag, trigger } of this.#listeners(run)) {
      const isStarted = started.some(
        (each) =>
          each.dagId === dag.dagId &&
          each.createdBy === `trigger:${trigger.name}` &&
          isSaid(JSON.parse(each.payload ?? 'null')) &&
          JSON.parse(each.payload ?? 'null').runId === run.runId,
      );
      if (isStarted) continue;
      const text = `${run.runId} ended (${run.status}), and ${dag.dagId} was not told`;
      this.#scene.violate('W29', text);
    }
  }

  /** DAGs that are to hear of the end, as they are behind the entry. */
  *#listeners({ namespace, dagId, status }: RunRow): Iterable<{
    readonly dag: DagRow;
    readonly trigger: EventTrigger;
  }> {
    const { state } = this.#scene.chronicle;
    for (const dag of state.dags()) {
      const spec = state.version(namespace, dag.dagId, dag.versionId)?.spec;
      const disabled = state.trigger(namespace, dag.dagId)?.disabled ?? [];
      for (const trigger of spec?.triggers ?? []) {
        const [source] = trigger.sources;
        if (dag.paused || disabled.includes(trigger.name) || source?.kind !== 'dag') continue;
        const isMeant = source.dagId === dagId && source.states.some((state) => state === status);
        if (isMeant) yield { dag, trigger };
      }
    }
  }
}

const isSaid = (value: unknown): value is Said => typeof value === 'object' && value !== null;

export const events: MakeChecker = (scene) => new EventsChecker(scene);
