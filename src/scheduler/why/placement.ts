/** Why an attempt was placed where it is, as it was written down with it. */
import type { Chosen, EndedAttempt, LiveAttempt } from '../../model/attempt.ts';
import type { TaskRow } from '../../model/task-instance.ts';
import { timeText } from '../../model/views/time.ts';
import type { ChosenView, PlacementView } from '../../model/views/why.ts';
import { termNames } from '../score.ts';

/** Scores are kept in thousandths. */
const perPoint = 1_000;

/** Of the newest attempt; null: there was none. */
export function placementOf(row: TaskRow | undefined): PlacementView | null {
  if (row === undefined) return null;
  const attempt: LiveAttempt | EndedAttempt | undefined =
    'attempt' in row ? row.attempt : row.attempts.at(-1);
  if (attempt === undefined) return null;
  const { number, node, assignedAt, chosen } = attempt;
  const view = chosen === undefined ? null : chosenView(chosen);
  return { attempt: number, node, at: timeText(assignedAt), chosen: view };
}

const chosenView = ({ nodes, fitting, terms, next, backfilled }: Chosen): ChosenView => ({
  nodes,
  fitting,
  score: terms.reduce((sum, each) => sum + each, 0) / perPoint,
  terms: Object.fromEntries(termNames.map((name, place) => [name, (terms[place] ?? 0) / perPoint])),
  next: next === undefined ? null : { node: next.node, score: next.score / perPoint },
  backfilled: backfilled === true,
});
