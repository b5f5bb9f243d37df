/** What a forecast took for granted, as sentences for people. Of the runs that it followed. */
import { formatDuration } from '../../base/duration.ts';
import type { DagSpec } from '../../model/dag.ts';
import { forecastLimits } from '../../model/forecast.ts';
import { versionKey } from '../../model/keys.ts';
import { unknownMs } from '../estimates.ts';
import { assumeSuccess } from './assume-success.ts';
import type { Forecast } from './forecast.ts';
import { Rest } from './rest.ts';
import type { RunLine } from './timeline.ts';

/** Definitions as they are, by the key of the version. */
export type SpecOf = (key: string) => DagSpec | undefined;

/** `onlyOf`: of this run alone. */
export function* assumptionsOf(
  forecast: Forecast,
  specOf: SpecOf,
  onlyOf?: RunLine,
): Generator<undefined, readonly string[]> {
  const runs = onlyOf === undefined ? [...forecast.timeline.runs.values()] : [onlyOf];
  return [
    'Every attempt succeeds, sensors find what they look for, and nodes stay as they are.',
    ...(yield* durationSentences(forecast, runs)),
    ...choiceSentences(runs, specOf),
    ...(yield* waitSentences(forecast, runs)),
  ];
}

function* durationSentences(
  { expected }: Forecast,
  runs: readonly RunLine[],
): Generator<undefined, readonly string[]> {
  const rest = new Rest();
  const ofDag = new Set<string>();
  const unknown = new Set<string>();
  for (const { row, tasks } of runs) {
    for (const { taskId, node, startsAt } of tasks.values()) {
      if (rest.isDue()) yield;
      if (node === null || startsAt === null) continue;
      const { from } = expected.of({ ...row, taskId });
      if (from === 'dag') ofDag.add(`${row.dagId}.${taskId}`);
      if (from === 'nothing') unknown.add(`${row.dagId}.${taskId}`);
    }
  }
  return [
    ...sentence(ofDag, (names) => `${names}: not measured yet, so the median of the DAG's tasks.`),
    ...sentence(unknown, (names) => `${names}: nothing is known, so ${formatDuration(unknownMs)}.`),
  ];
}

function choiceSentences(runs: readonly RunLine[], specOf: SpecOf): readonly string[] {
  const choices = new Set<string>();
  const maps = new Set<string>();
  const seen = new Set<string>();
  for (const { namespace, dagId, versionId } of runs.map(({ row }) => row)) {
    const key = versionKey(namespace, dagId, versionId);
    const spec = seen.has(key) ? undefined : specOf(key);
    seen.add(key);
    if (spec === undefined) continue;
    const assumed = assumeSuccess(spec);
    for (const taskId of assumed.choices) choices.add(`${dagId}.${taskId}`);
    for (const mapId of assumed.maps) maps.add(`${dagId}.${mapId}`);
  }
  return [
    ...sentence(choices, (names) => `${names}: conditions are true and every branch is followed.`),
    ...sentence(maps, (names) => `${names}: the list is made of outputs, so it has one item.`),
  ];
}

/** What is still deferred at the end, and not for a time. */
function* waitSentences(
  { state }: Forecast,
  runs: readonly RunLine[],
): Generator<undefined, readonly string[]> {
  const rest = new Rest();
  const never = new Set<string>();
  for (const { row } of runs) {
    const live = state.run(row.namespace, row.runId);
    for (const task of live?.tasks.values() ?? []) {
      if (rest.isDue()) yield;
      if (task.status !== 'deferred') continue;
      const { kind } = task.waitsFor;
      if (kind === 'approval' || kind === 'event') never.add(`${row.runId}.${task.taskId}`);
    }
  }
  return sentence(
    never,
    (names) => `${names}: the approval or event that it waits for never comes.`,
  );
}

function sentence(names: ReadonlySet<string>, say: (names: string) => string): readonly string[] {
  if (names.size === 0) return [];
  const { namesShown } = forecastLimits;
  const shown = [...names].slice(0, namesShown).join(', ');
  return [say(names.size > namesShown ? `${shown} and ${names.size - namesShown} more` : shown)];
}
