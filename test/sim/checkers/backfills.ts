/**
 * Backfills: each of their dates has at most one run, ever (W13); no more are alive than they
 * allow (W17); what they count is what there was, and a backfill that is done has dealt with every
 * date. How many dates there are is worked out anew for plain fixed-rate schedules.
 */
import type { BackfillRow } from '../../../src/model/backfill.ts';
import { calendarsIn } from '../../../src/model/calendars.ts';
import { runHasEnded } from '../../../src/model/run.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

class BackfillsChecker implements Checker {
  readonly #scene: Scene;
  readonly #dates = new Map<string, Set<number>>();
  readonly #alive = new Map<string, Set<string>>();
  /** Calendars changed while they went on: their dates may be others than were counted. */
  readonly #moved = new Set<string>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded({ applied }: Recorded): void {
    const made = new Set<string>();
    for (const { change } of applied) {
      if (change.table === 'calendar') this.#calendarChanged();
      if (change.table === 'run' && change.fact.row?.backfillId !== undefined) {
        const { row } = change.fact;
        const { backfillId = '', runId } = row;
        const alive = setIn(this.#alive, backfillId);
        if (runHasEnded(row.status)) alive.delete(runId);
        else alive.add(runId);
        if (change.before === null && row.generation === 1 && row.status === 'queued') {
          this.#made(backfillId, runId, row.logicalDate ?? 0);
          made.add(backfillId);
        }
      }
      if (change.table !== 'backfill' || change.fact.row === null) continue;
      const { row } = change.fact;
      if (change.before === null) this.#checkTotal(row);
      // The row comes behind the runs that it counts.
      if (made.has(row.backfillId)) this.#checkAlive(row);
      if (row.status === 'done' && change.before?.status !== 'done') this.#done(row);
    }
  }

  #made(backfillId: string, runId: string, date: number): void {
    const dates = setIn(this.#dates, backfillId);
    if (dates.has(date)) this.#scene.violate('W13', `${backfillId} makes ${date} twice: ${runId}`);
    dates.add(date);
  }

  #checkAlive({ backfillId, activeMax }: BackfillRow): void {
    const alive = this.#alive.get(backfillId)?.size ?? 0;
    if (alive <= activeMax) return;
    this.#scene.violate('W17', `${backfillId} has ${alive} runs alive, allowed ${activeMax}`);
  }

  #checkTotal({
    namespace,
    dagId,
    versionId,
    from,
    to,
    createdAt,
    total,
    backfillId,
  }: BackfillRow) {
    const { state } = this.#scene.chronicle;
    const spec = state.version(namespace, dagId, versionId)?.spec;
    const anchor = state.schedule(namespace, dagId)?.anchor;
    const [schedule, ...more] = spec?.schedules ?? [];
    if (schedule?.kind !== 'every' || schedule.calendar !== undefined) return;
    if (more.length > 0 || anchor === undefined) return;
    // The past goes on before the DAG was there.
    const { everyMs } = schedule;
    const upTo = (at: number): number => Math.floor((at - anchor) / everyMs);
    const dates = Math.max(0, upTo(Math.min(to, createdAt)) - upTo(from - 1));
    if (dates === total) return;
    this.#scene.violate('W14', `${backfillId} counts ${total} dates, there are ${dates}`);
  }

  #calendarChanged(): void {
    for (const row of this.#scene.chronicle.state.allNamed('backfill')) {
      if (goesByCalendar(this.#scene, row)) this.#moved.add(row.backfillId);
    }
  }

  #done({ backfillId, started, passedOver, total }: BackfillRow): void {
    const made = this.#dates.get(backfillId)?.size ?? 0;
    const isWhole = started + passedOver === total || this.#moved.has(backfillId);
    if (made === started && isWhole) return;
    const text = `${started} started (${made} made) and ${passedOver} passed over, of ${total}`;
    this.#scene.violate('W14', `${backfillId} is done: ${text}`);
  }
}

function goesByCalendar({ chronicle }: Scene, row: BackfillRow): boolean {
  const version = chronicle.state.version(row.namespace, row.dagId, row.versionId);
  return version !== undefined && calendarsIn(version.spec).length > 0;
}

function setIn<T>(sets: Map<string, Set<T>>, name: string): Set<T> {
  const known = sets.get(name) ?? new Set<T>();
  sets.set(name, known);
  return known;
}

export const backfills: MakeChecker = (scene) => new BackfillsChecker(scene);
