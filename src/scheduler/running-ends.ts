/** When the attempts of a node are expected to end: what a reservation is planned by. */
import type { NodeId } from '../base/brand.ts';
import type { Resources } from '../model/resources.ts';
import { taskSpec } from './plan.ts';
import type { Turn } from './turn.ts';

export interface ExpectedEnd {
  readonly resources: Resources;
  /** Null: nobody knows. */
  readonly endsAtMs: number | null;
}

/**
 * An attempt that takes longer than nine of ten before it is taken for one that ends any moment:
 * as good a guess as any, and a reservation that is planned too early costs little.
 */
export function* expectedEnds(
  { state, board, at }: Pick<Turn, 'state' | 'board' | 'at'>,
  node: NodeId,
): Iterable<ExpectedEnd> {
  for (const row of board.attemptsOn(node).values()) {
    const run = state.run(row.namespace, row.runId)?.run;
    if (run === undefined) continue;
    const { resources } = taskSpec(board.planOf(run), row.taskId);
    const ms = board.estimates.longMs(run.namespace, run.dagId, row.taskId);
    const since = row.status === 'running' ? row.startedAt : row.attempt.assignedAt;
    const isLeaving = row.attempt.revoked;
    const known = ms === null ? null : Math.max(at, since + ms);
    yield { resources, endsAtMs: isLeaving ? at : known };
  }
}
