/** Plan: a run that is started now, as it would go on the cluster as it is. */
import { type RunId, runId, type WallMs } from '../../base/brand.ts';
import { ok, type Result } from '../../base/result.ts';
import { forecastLimits, type PlanAsked, type PlanForecast } from '../../model/forecast.ts';
import { runKey } from '../../model/keys.ts';
import type { ReadonlyState } from '../../model/readonly-state.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { assumptionsOf } from './assumptions.ts';
import { criticalPath } from './critical-path.ts';
import { type Forecast, forecastSteps } from './forecast.ts';
import { forkSteps, type GatheredRows, specsIn } from './fork.ts';
import { nodeUse } from './node-use.ts';
import { shownRun, shownTask } from './shown.ts';
import type { RunLine } from './timeline.ts';

/** `rows` of one look at the state (`gatherRows`). */
export function* planSteps(
  rows: GatheredRows,
  { namespace, dagId, params, horizonMs }: PlanAsked,
  now: WallMs,
): Generator<undefined, Result<PlanForecast, Refusal>> {
  const state = yield* forkSteps(rows);
  const planned = freeRunId(state, namespace);
  const key = runKey(namespace, planned);
  const start = { namespace, dagId, runId: planned, logicalDate: null, params, priority: null };
  const made = yield* forecastSteps(state, {
    ...{ now, horizonMs, commands: [{ kind: 'start-run', ...start }] },
    isReached: ({ runs }) => runs.get(key)?.endsAt != null,
  });
  if (!made.ok) return made;
  const run = made.value.timeline.runs.get(key);
  if (run === undefined) {
    return { ok: false, error: refusal('INTERNAL', 'the planned run did not come to be') };
  }
  return ok(yield* planOf(made.value, run, rows));
}

function* planOf(
  forecast: Forecast,
  run: RunLine,
  rows: GatheredRows,
): Generator<undefined, PlanForecast> {
  const { tasksShown, criticalShown, firesShown } = forecastLimits;
  const lines = [...run.tasks.values()].sort(
    (left, right) => (left.startsAt ?? never) - (right.startsAt ?? never),
  );
  const others = [...forecast.timeline.runs.values()].filter((each) => each !== run);
  const fires = others.filter(({ wasThere, row }) => !wasThere && row.trigger !== 'manual');
  return {
    span: forecast.span,
    run: shownRun(run),
    tasks: lines.slice(0, tasksShown).map(shownTask),
    tasksOmitted: Math.max(0, lines.length - tasksShown),
    critical: criticalPath(run, criticalShown).map(shownTask),
    nodes: yield* nodeUse(forecast, run.endsAt ?? forecast.span.until, run),
    fires: fires.slice(0, firesShown).map(shownRun),
    assumptions: yield* assumptionsOf(forecast, specsIn(rows), run),
  };
}

const never = Number.MAX_SAFE_INTEGER;

/** A name that no run has. */
function freeRunId(state: ReadonlyState, namespace: PlanAsked['namespace']): RunId {
  for (let place = 1; ; place++) {
    const id = runId(`planned-${place}`);
    if (state.run(namespace, id) === undefined) return id;
  }
}
