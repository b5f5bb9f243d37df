/**
 * The critical path of a run: from its end back, who determined when each one began. Its links are
 * dependencies, and room or slots that somebody else had to give back first, so it may lead through
 * other runs.
 */
import type { RunLine, TaskLine } from './timeline.ts';

/** First things first; at most `stepsMax` of them, the last ones. Empty: nothing of it has run. */
export function criticalPath(run: RunLine, stepsMax: number): readonly TaskLine[] {
  const path: TaskLine[] = [];
  for (let line = lastOf(run); line !== undefined && path.length < stepsMax; ) {
    path.push(line);
    const behind = line.behind;
    line = behind !== null && 'of' in behind ? behind.of : undefined;
  }
  return path.reverse();
}

/** The instance that ended last; while some have not, the one that began last. */
function lastOf(run: RunLine): TaskLine | undefined {
  let last: TaskLine | undefined;
  for (const line of run.tasks.values()) {
    if (line.startsAt === null) continue;
    if (last === undefined || endOf(line) > endOf(last)) last = line;
  }
  return last;
}

const endOf = ({ startsAt, endsAt }: TaskLine): number =>
  endsAt ?? Number.MAX_SAFE_INTEGER / 2 + (startsAt ?? 0);
