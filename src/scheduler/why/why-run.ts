/** Why a run does not go on: instances that do not run, those that wait for the same together. */
import type { Namespace, RunId } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { LiveRun } from '../../model/readonly-state.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import type { RunRow } from '../../model/run.ts';
import { taskHasEnded } from '../../model/task-instance.ts';
import { timeText } from '../../model/views/time.ts';
import {
  type GateView,
  type WhyGroupView,
  type WhyRunView,
  whyLimits,
} from '../../model/views/why.ts';
import { isOutside } from '../plan.ts';
import type { Place } from '../scope-of.ts';
import { isLive } from '../task-rows.ts';
import { countText } from './gate.ts';
import type { Look } from './look.ts';
import { queueGates } from './run-gates.ts';
import { gatesOf } from './why.ts';

interface Group {
  readonly gates: readonly GateView[];
  count: number;
  readonly instances: Place[];
}

export function whyRun(
  look: Look,
  { namespace, runId }: { readonly namespace: Namespace; readonly runId: RunId },
): Result<WhyRunView, Refusal> {
  const live = look.turn.state.run(namespace, runId);
  if (live === undefined) return fail(refusal('RUN_NOT_FOUND', `there is no live run "${runId}"`));
  const { run } = live;
  const groups = new Map<string, Group>();
  let running = 0;
  let waiting = 0;
  for (const place of openInstances(look, live)) {
    const subject = look.subject(live, place);
    if (isLive(subject.row)) {
      running += 1;
      continue;
    }
    waiting += 1;
    if (waiting <= whyLimits.instancesLooked) group(groups, place, gatesOf(look, subject));
  }
  const all = [...groups.values()].sort((left, right) => right.count - left.count);
  const shown = all.slice(0, whyLimits.groupsShown).map(groupView);
  return ok({
    ...{ namespace, runId, dagId: run.dagId, state: run.status, running, waiting },
    summary: summaryOf(look, run, { running, waiting }),
    groups: shown,
    leftOut: shown.reduce((left, { count }) => left - count, waiting),
    at: timeText(look.turn.at),
  });
}

/** Those of the graph that have not ended, and hooks and compensations that were called. */
function* openInstances(look: Look, live: LiveRun): Iterable<Place> {
  const plan = look.turn.board.planOf(live.run);
  yield* look.graphOf(live).open();
  for (const { taskId, mapIndex, status } of live.tasks.values()) {
    if (isOutside(plan, taskId) && !taskHasEnded(status)) yield { taskId, mapIndex };
  }
}

function group(groups: Map<string, Group>, place: Place, gates: readonly GateView[]): void {
  const key = gates.map(({ code, text }) => `${code} ${text}`).join('\n');
  const known = groups.get(key) ?? { gates, count: 0, instances: [] };
  known.count += 1;
  if (known.instances.length < whyLimits.instancesShown) known.instances.push(place);
  groups.set(key, known);
}

const groupView = ({ gates, count, instances }: Group): WhyGroupView => ({
  gates,
  count,
  instances: instances.map(({ taskId, mapIndex }) => ({ taskId, mapIndex })),
});

function summaryOf(
  look: Look,
  run: RunRow,
  { running, waiting }: { readonly running: number; readonly waiting: number },
): string {
  if (run.status === 'queued') {
    const [first] = queueGates(look, run);
    return first === undefined ? 'it begins with the next turn' : `it has not begun: ${first.text}`;
  }
  const paused = run.isPaused === true ? 'it is paused; ' : '';
  return `${paused}${countText(running, 'task runs', 'tasks run')}, ${waiting} wait`;
}
