/**
 * Schedules: W13, an instant fires at most once, ever; W14, while time went evenly no instant is
 * missed. The second is checked where the oracle is simple: fixed-rate schedules of DAGs that were
 * never paused, on clocks that nobody stepped.
 */
import type { DagId, Namespace } from '../../../src/base/brand.ts';
import type { ScheduleSpec } from '../../../src/model/dag.ts';
import { onTimeMs } from '../../../src/model/schedule.ts';
import type { Recorded } from '../chronicle.ts';
import type { Checker, MakeChecker, Scene } from './checker.ts';

class SchedulesChecker implements Checker {
  readonly #scene: Scene;
  readonly #fired = new Set<string>();
  /** DAGs whose schedule stood still at some time, or was changed. */
  readonly #disturbed = new Set<string>();
  readonly #first = new Map<string, { readonly spec: ScheduleSpec; readonly anchor: number }>();
  #lastAt = 0;
  #longestGapMs = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  recorded(decisions: readonly Recorded[]): void {
    for (const { at, applied } of decisions) {
      if (this.#lastAt > 0) this.#longestGapMs = Math.max(this.#longestGapMs, at - this.#lastAt);
      this.#lastAt = at;
      for (const { change } of applied) {
        if (change.table === 'run' && change.fact.row?.trigger === 'schedule') {
          const { dagId, logicalDate, generation, status } = change.fact.row;
          if (change.before === null && generation === 1 && status === 'queued') {
            this.#fire(`${dagId} at ${logicalDate}`);
          }
        }
        if (change.table === 'dag' && change.fact.row !== null) {
          const { namespace, dagId, versionId, paused } = change.fact.row;
          const known = change.before;
          if (paused || (known !== null && known.versionId !== versionId)) {
            this.#disturbed.add(dagId);
          } else if (known === null) this.#begin(namespace, dagId, versionId);
        }
      }
    }
  }

  over(): void {
    const { faults } = this.#scene.options;
    if (faults.includes('wall-step') || this.#longestGapMs > onTimeMs) return;
    for (const [dagId, { spec, anchor }] of this.#first) {
      if (this.#disturbed.has(dagId) || spec.kind !== 'every' || spec.jitterMs > 0) continue;
      for (let at = anchor + spec.everyMs; at < this.#lastAt - onTimeMs / 10; at += spec.everyMs) {
        if (this.#fired.has(`${dagId} at ${at}`)) continue;
        this.#scene.violate('W14', `${dagId} did not fire at ${at - anchor} ms behind its anchor`);
        break;
      }
    }
  }

  #fire(instant: string): void {
    if (this.#fired.has(instant)) this.#scene.violate('W13', `${instant} fires twice`);
    this.#fired.add(instant);
  }

  #begin(namespace: Namespace, dagId: DagId, versionId: string): void {
    const { state } = this.#scene.chronicle;
    const version = state.versionsOf(namespace, dagId).find((row) => row.versionId === versionId);
    const [spec, ...more] = version?.spec.schedules ?? [];
    const anchor = state.schedule(namespace, dagId)?.anchor;
    if (spec === undefined || more.length > 0 || anchor === undefined) return;
    this.#first.set(dagId, { spec, anchor });
  }
}

export const schedules: MakeChecker = (scene) => new SchedulesChecker(scene);
