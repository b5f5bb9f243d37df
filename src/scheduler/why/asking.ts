/** What an instance asks for beside its turn: as the ready queue has it, or would have it. */
import type { NodeId } from '../../base/brand.ts';
import { namedKey } from '../../model/keys.ts';
import type { Asked } from '../gate-pass.ts';
import { neighboursOf } from '../neighbours.ts';
import { readyTaskOf } from '../ready-task.ts';
import { RunBoard } from '../run-board.ts';
import { type Entry, entryOf, isSorted, type OpenShape, shapeFor } from '../shapes.ts';
import { isLive, type LiveTaskRow } from '../task-rows.ts';
import type { Look, Subject } from './look.ts';
import { type Queued, sorted } from './pass-ahead.ts';

export interface Asking extends Queued {
  readonly asked: Asked;
  readonly near?: ReadonlySet<NodeId>;
  readonly apart?: ReadonlySet<NodeId>;
}

/** Undefined: its keys are templates that cannot be rendered yet, so nobody knows. */
export function askingOf(look: Look, subject: Subject): Asking | undefined {
  const { order, fairShare } = look.scheduling;
  const { task, wish } = readyTaskOf(runBoardOf(look, subject), subject.live, subject);
  const entry: Entry = entryOf(task, wish, order);
  const shape = shapeFor(entry, null, fairShare).make();
  const known: OpenShape | null = isSorted(shape) ? shape : sorted(look.turn, entry);
  if (known === null) return undefined;
  const asked = { demands: known.demands, resources: known.demand.resources };
  return { entry, shape: known, asked, ...neighboursOf(subject.live, subject.spec) };
}

/** Of a run that has not begun, as it would be opened. */
function runBoardOf({ turn }: Look, { live, run, plan }: Subject): RunBoard {
  const { estimates } = turn.board;
  const expected = estimates.of(run.namespace, run.dagId, plan);
  return turn.board.runBoard(run) ?? new RunBoard(live, plan, expected);
}

export const isSame = ({ entry: { task: left } }: Queued, { entry: { task: right } }: Queued) =>
  left.namespace === right.namespace &&
  left.runId === right.runId &&
  left.taskId === right.taskId &&
  left.mapIndex === right.mapIndex;

/** Live attempts that hold something, in the order of their nodes. */
export function holders(
  { turn: { state, board } }: Look,
  holds: (row: LiveTaskRow) => boolean,
): readonly LiveTaskRow[] {
  const found: LiveTaskRow[] = [];
  for (const { nodeId } of state.nodes()) {
    for (const row of board.attemptsOn(nodeId).values()) {
      if (isLive(row) && holds(row)) found.push(row);
    }
  }
  return found;
}

export const poolKeyOf = ({ asked: { demands } }: Asking): string | null =>
  demands.pool === null ? null : namedKey(demands.namespace, demands.pool.name);
