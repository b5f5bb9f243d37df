/**
 * W02: no task is assigned before its trigger rule is met by what the log says of its upstream.
 * The rules are spelled out anew here: an oracle that asks the scheduler's own function would agree
 * with any mistake in it.
 */
import type { TriggerRule } from '../../../src/model/trigger-rule.ts';
import type { Recorded } from '../chronicle.ts';
import type { MakeChecker, Scene } from './checker.ts';

interface Upstream {
  readonly total: number;
  readonly success: number;
  readonly failed: number;
  readonly skipped: number;
}

const ended = ({ success, failed, skipped }: Upstream): number => success + failed + skipped;
const allEnded = (upstream: Upstream): boolean => ended(upstream) === upstream.total;

const mayRun: Readonly<Record<TriggerRule, (upstream: Upstream) => boolean>> = {
  all_success: (up) => up.success === up.total,
  all_failed: (up) => up.failed === up.total,
  all_done: allEnded,
  all_skipped: (up) => up.skipped === up.total,
  one_success: (up) => up.success > 0 || up.total === 0,
  one_failed: (up) => up.failed > 0,
  one_done: (up) => up.success + up.failed > 0 || up.total === 0,
  none_failed: (up) => allEnded(up) && up.failed === 0,
  none_failed_min_one_success: (up) =>
    allEnded(up) && up.failed === 0 && (up.success > 0 || up.total === 0),
  none_skipped: (up) => allEnded(up) && up.skipped === 0,
  always: () => true,
};

export const triggers: MakeChecker = (scene) => ({
  recorded(decisions) {
    for (const decision of decisions) checkDecision(scene, decision);
  },
});

/** An end and the assignment of what follows are one entry: what counts is the order within it. */
function checkDecision(scene: Scene, { applied }: Recorded): void {
  for (const { change } of applied) {
    if (change.table !== 'task') continue;
    const { row, key } = change.fact;
    if (row?.status !== 'queued' || change.before?.status === 'queued') continue;
    const { state } = scene.chronicle;
    const live = state.run(row.namespace, row.runId);
    const { dagId, versionId } = live?.run ?? {};
    if (live === undefined || dagId === undefined || versionId === undefined) continue;
    const spec = state.version(row.namespace, dagId, versionId)?.spec.tasks[row.taskId];
    if (spec === undefined) {
      scene.violate('W02', `${key} is assigned, but its version has no such task`);
      continue;
    }
    const statuses = spec.dependsOn.map(
      (parent) => state.task(row.namespace, row.runId, parent, 0)?.status ?? 'pending',
    );
    const count = (...wanted: string[]): number =>
      statuses.filter((status) => wanted.includes(status)).length;
    const upstream = {
      total: statuses.length,
      success: count('success'),
      failed: count('failed', 'upstream_failed', 'cancelled'),
      skipped: count('skipped'),
    };
    if (mayRun[spec.triggerRule](upstream)) continue;
    scene.violate('W02', `${key} is assigned although ${spec.triggerRule}: ${statuses.join(', ')}`);
  }
}
