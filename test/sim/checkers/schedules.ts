/**
 * Schedules:
 *   W13  an instant fires at most once, ever;
 *   W14  every due instant has fired, or is written down with a reason, or waits for its jitter,
 *        whatever happened to clocks, leaders and pauses;
 *   W14  while time went evenly, none is missed.
 * The last two are checked where the oracle is simple: one schedule, of a fixed rate or of seconds
 * in UTC, of a DAG whose definition never changed.
 */
import type { DagRow, ScheduleRow, ScheduleSpec, SkippedFires } from '../../../src/model/dag.ts';
import { onTimeMs } from '../../../src/model/schedule.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

interface Watched {
  readonly schedule: ScheduleSpec;
  readonly anchor: number;
  readonly isPlain: boolean;
}

class SchedulesChecker implements Checker {
  readonly #scene: Scene;
  readonly #fired = new Set<string>();
  /** DAGs whose schedule stood still at some time. */
  readonly #paused = new Set<string>();
  /** DAGs that were changed or deleted. */
  readonly #changed = new Set<string>();
  readonly #first = new Map<string, Watched>();
  /** Of each DAG: every range of skipped instants that was ever written down. */
  readonly #skips = new Map<string, Map<number, SkippedFires>>();
  #lastAt = 0;
  #longestGapMs = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded({ at, applied }: Recorded): void {
    if (this.#lastAt > 0) this.#longestGapMs = Math.max(this.#longestGapMs, at - this.#lastAt);
    this.#lastAt = at;
    for (const { change } of applied) {
      if (change.table === 'run' && change.fact.row?.trigger === 'schedule') {
        const { dagId, logicalDate, generation, status } = change.fact.row;
        if (change.before === null && generation === 1 && status === 'queued') {
          this.#fire(`${dagId} at ${logicalDate}`);
        }
      }
      if (change.table === 'schedule' && change.fact.row !== null) this.#skip(change.fact.row);
      if (change.table === 'dag') this.#changes(change.fact.row, change.before);
    }
  }

  over(): void {
    const { faults } = this.#scene.options;
    const isEven = !faults.includes('wall-step') && this.#longestGapMs <= onTimeMs;
    const { state } = this.#scene.chronicle;
    for (const [dagId, watched] of this.#first) {
      if (this.#changed.has(dagId)) continue;
      const dag = [...state.dags()].find((row) => row.dagId === dagId);
      const row = dag && state.schedule(dag.namespace, dag.dagId);
      if (row === undefined) continue;
      this.#checkAll(row, watched);
      if (isEven && watched.isPlain && !this.#paused.has(dagId)) this.#checkFired(dagId, watched);
    }
  }

  /** Nothing is without a trace. */
  #checkAll({ dagId, doneUntil, delayed = [] }: ScheduleRow, watched: Watched): void {
    const skips = [...(this.#skips.get(dagId)?.values() ?? [])];
    for (const at of instants(watched, doneUntil)) {
      const isKnown =
        this.#fired.has(`${dagId} at ${at}`) ||
        delayed.some((held) => held.at === at) ||
        skips.some(({ from, to }) => from <= at && at <= to);
      if (isKnown) continue;
      const text = `${dagId} has passed over ${at} without a word (${at - watched.anchor} ms)`;
      this.#scene.violate('W14', text);
      return;
    }
  }

  #checkFired(dagId: string, watched: Watched): void {
    for (const at of instants(watched, this.#lastAt - onTimeMs / 10)) {
      if (this.#fired.has(`${dagId} at ${at}`)) continue;
      const text = `${dagId} did not fire at ${at - watched.anchor} ms behind its anchor`;
      this.#scene.violate('W14', text);
      return;
    }
  }

  #fire(instant: string): void {
    if (this.#fired.has(instant)) this.#scene.violate('W13', `${instant} fires twice`);
    this.#fired.add(instant);
  }

  #skip({ dagId, skips = [] }: ScheduleRow): void {
    const known = this.#skips.get(dagId) ?? new Map<number, SkippedFires>();
    this.#skips.set(dagId, known);
    // A range only grows at its end.
    for (const range of skips) known.set(range.from, range);
  }

  #changes(row: DagRow | null, before: DagRow | null): void {
    const { dagId } = row ?? before ?? {};
    if (dagId === undefined) return;
    if (row === null || (before !== null && before.versionId !== row.versionId)) {
      this.#changed.add(dagId);
    } else if (row.paused) this.#paused.add(dagId);
    else if (before === null) this.#begin(row);
  }

  #begin({ namespace, dagId, versionId }: DagRow): void {
    const { state } = this.#scene.chronicle;
    const spec = state.version(namespace, dagId, versionId)?.spec;
    const [schedule, ...more] = spec?.schedules ?? [];
    const anchor = state.schedule(namespace, dagId)?.anchor;
    if (schedule === undefined || more.length > 0 || anchor === undefined) return;
    const isPlain =
      spec?.overlap === undefined && 'jitterMs' in schedule && schedule.jitterMs === 0;
    this.#first.set(dagId, { schedule, anchor, isPlain });
  }
}

/** Seconds of the minute of the crons that are simple enough. */
const secondsOf: ReadonlyMap<string, readonly number[]> = new Map([
  ['*/2 * * * * *', Array.from({ length: 30 }, (_, at) => 2 * at)],
  ['*/5 * * * * *', Array.from({ length: 12 }, (_, at) => 5 * at)],
  ['0,7,8 * * * * *', [0, 7, 8]],
]);

/** Instants behind the anchor, up to and with `until`. */
function* instants({ schedule, anchor }: Watched, until: number): Iterable<number> {
  if (schedule.kind === 'every' && schedule.calendar === undefined) {
    for (let at = anchor + schedule.everyMs; at <= until; at += schedule.everyMs) yield at;
  }
  if (schedule.kind !== 'cron' || schedule.calendar !== undefined) return;
  const seconds = secondsOf.get(schedule.expression);
  if (seconds === undefined || schedule.timezone !== 'UTC') return;
  for (let at = (Math.floor(anchor / 1000) + 1) * 1000; at <= until; at += 1000) {
    if (seconds.includes((at / 1000) % 60)) yield at;
  }
}

export const schedules: MakeChecker = (scene) => new SchedulesChecker(scene);
