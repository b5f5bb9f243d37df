/** ETA: when one task instance is going to start. The forecast ends as soon as it has. */
import type { WallMs } from '../../base/brand.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Eta, InstanceName } from '../../model/forecast.ts';
import { runKey } from '../../model/keys.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { State } from '../../model/state.ts';
import { assumptionsOf } from './assumptions.ts';
import { type Forecast, type ForecastOptions, forecastSteps } from './forecast.ts';
import { forkSteps, type GatheredRows, specsIn } from './fork.ts';
import { shownBehind } from './shown.ts';

/** Runs a fork forward until the instance starts, or ends without that, or its run does. */
export const forecastUntil = (
  fork: State,
  instance: InstanceName,
  options: Omit<ForecastOptions, 'isReached'>,
): Generator<undefined, Result<Forecast, Refusal>> => {
  const key = runKey(instance.namespace, instance.runId);
  return forecastSteps(fork, {
    ...options,
    isReached: (timeline) => {
      const line = timeline.line(instance);
      const hasMoved = line !== undefined && (line.startsAt !== null || line.endsAt !== null);
      return hasMoved || timeline.runs.get(key)?.endsAt !== null;
    },
  });
};

type EtaFound = Omit<Eta, 'assumptions' | 'startsLateAt'>;

/** Nine of ten attempts took no longer than this. */
const lateShare = 0.9;

/** What a forecast says of one instance. `endsAt` is null if it went no further than its start. */
export function etaOf({ timeline, span }: Forecast, instance: InstanceName): EtaFound {
  const line = timeline.line(instance);
  return {
    span,
    startsAt: line?.startsAt ?? null,
    endsAt: line?.endsAt ?? null,
    behind: shownBehind(line?.behind ?? null),
  };
}

/** The whole way from the rows of one look (`gatherRows`) to the answer. */
export function* etaSteps(
  rows: GatheredRows,
  instance: InstanceName,
  options: { readonly now: WallMs; readonly horizonMs?: number },
): Generator<undefined, Result<Eta, Refusal>> {
  const fork = yield* forkSteps(rows);
  const made = yield* forecastUntil(fork, instance, options);
  if (!made.ok) return made;
  const assumptions = yield* assumptionsOf(made.value, specsIn(rows));
  const startsLateAt = yield* lateStart(rows, instance, options);
  return ok({ ...etaOf(made.value, instance), startsLateAt, assumptions });
}

/** The same once more, with attempts that all take long: how far off the first answer may be. */
function* lateStart(
  rows: GatheredRows,
  instance: InstanceName,
  options: { readonly now: WallMs; readonly horizonMs?: number },
): Generator<undefined, WallMs | null> {
  const fork = yield* forkSteps(rows);
  const made = yield* forecastUntil(fork, instance, { ...options, share: lateShare });
  return made.ok ? etaOf(made.value, instance).startsAt : null;
}
