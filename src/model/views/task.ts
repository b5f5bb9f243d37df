/** Task instances as people see them. */
import type { TaskId, WallMs } from '../../base/brand.ts';
import type { TaskSpec } from '../dag.ts';
import type { ExpansionRow } from '../map.ts';
import type { WaitsFor } from '../task-instance.ts';
import { type AttemptView, attemptViews } from './attempt.ts';
import { type InstanceRows, instanceAt, type SeenInstance, type TaskState } from './instances.ts';
import { timeText, timeTextOrNull } from './time.ts';

export interface TaskView {
  readonly taskId: string;
  /** The item of its map; the how-manieth time of a hook; else 0. */
  readonly mapIndex: number;
  readonly type: string;
  readonly state: TaskState;
  readonly dependsOn: readonly string[];
  readonly triggerRule: string;
  /** The group that it stands in, as a path: `load.inner`. */
  readonly group: string | null;
  /** The map that it is a member of. */
  readonly map: string | null;
  /** What it is besides a task of the graph. */
  readonly role: RoleView | null;
  /** The node of the newest attempt. */
  readonly node: string | null;
  /** Oldest first, the live one last. */
  readonly attempts: readonly AttemptView[];
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Of the newest attempt that has ended, in milliseconds. */
  readonly durationMs: number | null;
  readonly retryAt: string | null;
  /** Why it is in its state; of a scheduled one, why it does not start. */
  readonly reason: string | null;
  /** Set while it is deferred. */
  readonly waits: WaitsView | null;
  /** Rounds of its loop that have ended without what it waits for. */
  readonly rounds: number;
  /** What a hook or a compensation was started by. */
  readonly cause: CauseView | null;
  readonly slaMissed: boolean;
  /** Who ended it by hand. */
  readonly markedBy: string | null;
}

export interface RoleView {
  readonly kind: 'teardown' | 'hook' | 'compensation';
  /** The moment of a hook: `failure`, `sla`… */
  readonly on: string | null;
  /** The task that it belongs to; null: the run. */
  readonly of: string | null;
}

export interface WaitsView {
  readonly for: WaitsFor['kind'];
  readonly since: string;
  /** When it is looked at in any case; null: only what it waits for ends the waiting. */
  readonly until: string | null;
  /** Of a sensor: looks so far that said "not yet", and when it gives up. */
  readonly looks: number | null;
  readonly giveUpAt: string | null;
  /** The run that it waits for. */
  readonly dagId: string | null;
  readonly runId: string | null;
}

export interface CauseView {
  readonly on: string;
  /** Null: the run itself. */
  readonly taskId: string | null;
  readonly mapIndex: number;
  readonly state: string;
  readonly reason: string | null;
}

export interface TaskDetailView extends TaskView {
  readonly runId: string;
  /** What the task wrote to SKEIN_OUTPUT; null if nothing. */
  readonly output: unknown;
  /** The element of the list that it works on; null for a task that is not mapped. */
  readonly item: unknown;
}

/** One instance; undefined when the run has none such. */
export function taskDetailView(
  rows: InstanceRows,
  taskId: TaskId,
  mapIndex: number,
): TaskDetailView | undefined {
  const seen = instanceAt(rows, { taskId, mapIndex });
  if (seen === undefined) return undefined;
  const output = rows.outputs.find((row) => row.taskId === taskId && row.mapIndex === mapIndex);
  const { runId } = rows.run;
  return {
    runId,
    ...taskView(seen),
    output: output === undefined ? null : jsonOrText(output.json),
    item: itemOf(seen, rows.expansions),
  };
}

/** The text was checked when it was recorded; text that is no JSON is shown as it is. */
export function jsonOrText(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function itemOf({ spec, mapIndex }: SeenInstance, expansions: readonly ExpansionRow[]): unknown {
  const row = expansions.find(({ mapId }) => mapId === spec.map);
  const items = row === undefined ? null : jsonOrText(row.items);
  return Array.isArray(items) ? (items[mapIndex] ?? null) : null;
}

export function taskView({ taskId, mapIndex, spec, row, state, heldBy }: SeenInstance): TaskView {
  const attempts = row === undefined ? [] : attemptViews(row);
  const newest = attempts.at(-1);
  return {
    taskId,
    mapIndex,
    type: spec.action.kind,
    state,
    dependsOn: spec.dependsOn,
    triggerRule: spec.triggerRule,
    group: spec.group ?? null,
    map: spec.map ?? null,
    role: roleView(spec),
    node: newest?.node ?? null,
    attempts,
    startedAt: newest?.startedAt ?? null,
    endedAt: row !== undefined && 'endedAt' in row ? timeText(row.endedAt) : null,
    durationMs: newest?.durationMs ?? null,
    retryAt: row?.status === 'up_for_retry' ? timeText(row.retryAt) : null,
    reason: row !== undefined && 'reason' in row ? row.reason : heldBy,
    waits: row?.status === 'deferred' ? waitsView(row) : null,
    rounds: row?.rounds ?? 0,
    cause: row?.cause ?? null,
    slaMissed: row?.slaMissed ?? false,
    markedBy: row?.markedBy ?? null,
  };
}

function roleView({ role }: TaskSpec): RoleView | null {
  if (role === undefined) return null;
  const on = role.kind === 'hook' ? role.on : null;
  return { kind: role.kind, on, of: role.kind === 'teardown' ? null : role.of };
}

export function waitsView(row: {
  readonly since: WallMs;
  readonly until: WallMs | null;
  readonly waitsFor: WaitsFor;
}): WaitsView {
  const { since, until, waitsFor } = row;
  const isLook = waitsFor.kind === 'look';
  const isRun = waitsFor.kind === 'run';
  return {
    for: waitsFor.kind,
    since: timeText(since),
    until: timeTextOrNull(until),
    looks: isLook ? waitsFor.looks : null,
    giveUpAt: isLook ? timeTextOrNull(waitsFor.giveUpAt) : null,
    dagId: isRun ? waitsFor.dagId : null,
    runId: isRun ? waitsFor.runId : null,
  };
}
