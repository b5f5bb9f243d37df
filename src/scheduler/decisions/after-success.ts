/**
 * An attempt has succeeded. Mostly that is the end of its task. A `repeat` may go round again, and
 * a task that branches must have named children of its own.
 */
import { wallMs } from '../../base/brand.ts';
import { followedBy, isFollowed } from '../../model/branch.ts';
import type { RepeatSpec } from '../../model/dag-flow.ts';
import { evaluateBoolean } from '../../model/expression.ts';
import { taskFact } from '../../model/fact.ts';
import { parseJson } from '../../model/json.ts';
import { learn } from '../learn.ts';
import { dropOutput, putOutput } from '../outputs.ts';
import { scopeOf } from '../scope-of.ts';
import { withEndedAttempt } from '../task-rows.ts';
import type { Turn } from '../turn.ts';
import type { Ending } from './ending.ts';

/** What an attempt's success means for its task. */
type Meaning =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly delayMs: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly rounds?: number };

const done: Meaning = { kind: 'done' };

export function afterSuccess(turn: Turn, ending: Ending): void {
  const { row, report, isStopping } = ending;
  const endedAt = turn.at;
  // First the output: the expression reads it, and so do the children that the end sets free.
  const json = report.output ?? withoutOutput(ending);
  if (json === null) dropOutput(turn, row);
  else putOutput(turn, row, { token: row.attempt.token, json });
  learn(turn, ending.instance.live.run, report);
  const meaning = meaningOf(turn, ending);
  const base = withEndedAttempt(row, report, true);
  const rounds = (row.rounds ?? 0) + 1;
  switch (meaning.kind) {
    case 'done':
      turn.emit(taskFact({ ...base, status: 'success', endedAt }));
      return;
    case 'failed': {
      const { kind, ...why } = meaning;
      dropOutput(turn, row);
      turn.emit(taskFact({ ...base, ...why, status: 'failed', endedAt }));
      return;
    }
    case 'again': {
      if (isStopping) {
        const reason = `cancelled after round ${rounds}`;
        turn.emit(taskFact({ ...base, rounds, status: 'cancelled', endedAt, reason }));
        return;
      }
      // Each round has its own retries.
      const wait = { since: turn.at, until: wallMs(turn.at + meaning.delayMs) };
      const waitsFor = { kind: 'round' } as const;
      turn.emit(taskFact({ ...base, rounds, tries: 0, status: 'deferred', ...wait, waitsFor }));
    }
  }
}

/** Who branches and says nothing follows nobody; without a row the graph would follow all. */
const withoutOutput = ({ instance }: Ending): string | null =>
  instance.spec.branches === true ? 'null' : null;

function meaningOf(turn: Turn, ending: Ending): Meaning {
  const { spec } = ending.instance;
  const round = spec.repeat === undefined ? done : afterRound(turn, ending, spec.repeat);
  if (round.kind !== 'done' || spec.branches !== true) return round;
  return afterBranching(turn, ending);
}

/** The last round's output stays for the next one, as `tasks.<its own id>.output`. */
function afterRound(turn: Turn, { instance, row, report }: Ending, repeat: RepeatSpec): Meaning {
  const parsed = parseJson(report.output ?? 'null');
  const output = parsed.ok ? parsed.value : null;
  const scope = { ...scopeOf(turn, instance.live, instance), output };
  const isOver = evaluateBoolean(repeat.until, scope);
  if (!isOver.ok) {
    return { kind: 'failed', reason: `its \`until\` cannot be evaluated: ${isOver.error}` };
  }
  if (isOver.value) return done;
  const rounds = (row.rounds ?? 0) + 1;
  if (rounds < repeat.max) return { kind: 'again', delayMs: repeat.delayMs };
  const reason = `after ${rounds} rounds it is still not true that ${repeat.until}`;
  return { kind: 'failed', reason, rounds };
}

/** A name that is no child's would skip what somebody meant to follow. */
function afterBranching(turn: Turn, { instance, report }: Ending): Meaning {
  const { live, taskId } = instance;
  const { graph, spec } = turn.board.planOf(live.run);
  const followed = followedBy(report.output ?? 'null');
  if (followed === undefined) {
    const wanted = 'the id of a child, a list of ids, true, false, or an object with `follow`';
    return { kind: 'failed', reason: `it branches, so its output must be ${wanted}` };
  }
  if (followed === 'all') return done;
  const children = graph.children.get(taskId) ?? [];
  const isNamed = (name: string): boolean =>
    children.some((id) => isFollowed(new Set([name]), { id, spec: spec.tasks[id] }));
  const strangers = [...followed].filter((name) => !isNamed(name));
  if (strangers.length === 0) return done;
  const named = strangers.slice(0, shownMax).join(', ');
  const known = children.join(', ') || 'none';
  const reason = `its output names ${named}, and its children are: ${known}`;
  return { kind: 'failed', reason: reason.slice(0, reasonLengthMax) };
}

const shownMax = 10;
const reasonLengthMax = 1000;
