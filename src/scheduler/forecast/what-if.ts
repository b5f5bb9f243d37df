/** What-if: the same rows run forward twice, as they are and with a change, beside each other. */
import { type WallMs, wallMs } from '../../base/brand.ts';
import { ok, type Result } from '../../base/result.ts';
import {
  type ClusterForecast,
  forecastLimits,
  type RunCompared,
  type WhatIfAsked,
  type WhatIfForecast,
} from '../../model/forecast.ts';
import type { Refusal } from '../../model/refusal.ts';
import { assumptionsOf } from './assumptions.ts';
import { makeChanges } from './changes.ts';
import { type Forecast, forecastSteps } from './forecast.ts';
import { forkSteps, type GatheredRows, specsIn } from './fork.ts';
import { nodeUse } from './node-use.ts';
import { Rest } from './rest.ts';
import type { Timeline } from './timeline.ts';

/** `rows` of one look at the state (`gatherRows`). */
export function* whatIfSteps(
  rows: GatheredRows,
  asked: WhatIfAsked,
  now: WallMs,
): Generator<undefined, Result<WhatIfForecast, Refusal>> {
  const { horizonMs } = asked;
  // First what may be refused.
  const fork = yield* forkSteps(rows);
  const commands = makeChanges(fork, asked, now);
  if (!commands.ok) return commands;
  const changed = yield* forecastSteps(fork, { now, horizonMs, commands: commands.value });
  if (!changed.ok) return changed;
  const asItIs = yield* forecastSteps(yield* forkSteps(rows), { now, horizonMs });
  if (!asItIs.ok) return asItIs;
  yield;
  const useUntil = wallMs(Math.max(busyUntil(asItIs.value), busyUntil(changed.value)));
  const runs = compareRuns(asItIs.value.timeline, changed.value.timeline);
  yield;
  return ok({
    asItIs: yield* clusterOf(asItIs.value, useUntil),
    changed: yield* clusterOf(changed.value, useUntil),
    runs: runs.slice(0, forecastLimits.runsShown),
    runsOmitted: Math.max(0, runs.length - forecastLimits.runsShown),
    assumptions: yield* assumptionsOf(asItIs.value, specsIn(rows)),
  });
}

function* clusterOf(forecast: Forecast, useUntil: WallMs): Generator<undefined, ClusterForecast> {
  const { timeline, span } = forecast;
  const rest = new Rest();
  let makespanMs: number | null = 0;
  let [runsEnded, starts, waitedMs] = [0, 0, 0];
  for (const { wasThere, endsAt, tasks } of timeline.runs.values()) {
    if (endsAt !== null) runsEnded += 1;
    if (wasThere && makespanMs !== null) {
      makespanMs = endsAt === null ? null : Math.max(makespanMs, endsAt - span.from);
    }
    for (const { startsAt, readyAt, node } of tasks.values()) {
      if (rest.isDue()) yield;
      if (node === null || startsAt === null || readyAt === null || startsAt < span.from) continue;
      starts += 1;
      waitedMs += startsAt - readyAt;
    }
  }
  const meanWaitMs = starts === 0 ? 0 : waitedMs / starts;
  return {
    span,
    makespanMs,
    runsEnded,
    starts,
    meanWaitMs,
    nodes: yield* nodeUse(forecast, useUntil),
    useUntil,
  };
}

/** When the last run ends after which nothing happens; as far as is known, if others come. */
function busyUntil({ span, timeline }: Forecast): number {
  if (span.end !== 'quiet') return span.until;
  let last = span.from + 1;
  for (const { endsAt } of timeline.runs.values()) {
    // One that waits for a person or an event has its end nowhere.
    if (endsAt !== null) last = Math.max(last, endsAt);
  }
  return last;
}

/** Runs that are alive now; who gains or loses most goes first. */
function compareRuns(asItIs: Timeline, changed: Timeline): readonly RunCompared[] {
  const compared: RunCompared[] = [];
  for (const [key, { row, wasThere, endsAt }] of asItIs.runs) {
    if (!wasThere) continue;
    const { namespace, runId, dagId } = row;
    const endsAtChanged = changed.runs.get(key)?.endsAt ?? null;
    compared.push({ namespace, runId, dagId, endsAt, endsAtChanged });
  }
  return compared.sort(
    (left, right) => shiftOf(right) - shiftOf(left) || (left.runId < right.runId ? -1 : 1),
  );
}

/** Who ends in one of the two only gains or loses more than anybody else. */
function shiftOf({ endsAt, endsAtChanged }: RunCompared): number {
  if (endsAt === null && endsAtChanged === null) return 0;
  if (endsAt === null || endsAtChanged === null) return Number.MAX_SAFE_INTEGER;
  return Math.abs(endsAtChanged - endsAt);
}
