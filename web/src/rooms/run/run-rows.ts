/** The rows of one run, as a follower has them or as they stood at a log index. */
import type { Fact, Tables } from '../../../../src/model/fact.ts';
import type { RunRows } from '../../../../src/model/views/run.ts';

/** What a follower can tell of one run. */
export interface RowSource {
  all<T extends keyof Tables>(table: T): readonly Tables[T][];
}

/** `missing`: the run goes on with a version that was not there when we began. */
export type SeenRows = RunRows | 'missing' | undefined;

/** `pools`: slots of the pools of its namespace, which say why a task does not start. */
export function runRowsOf(source: RowSource, pools: RunRows['pools']): SeenRows {
  const run = source.all('run')[0];
  if (run === undefined) return undefined;
  const version = source.all('version').find(({ versionId }) => versionId === run.versionId);
  if (version === undefined) return 'missing';
  return {
    ...{ run, version, tasks: source.all('task'), outputs: source.all('output') },
    expansions: source.all('expansion'),
    ...(pools !== undefined && { pools }),
  };
}

/** One fact of the past, as `GET /runs/{id}/history` has it. */
export interface PastFact {
  readonly index: number;
  readonly at: string;
  readonly by: string;
  readonly what: string;
  readonly fact: Fact;
}

/** Where a slider can stop: one for each record that changed the run. */
export interface Moment {
  readonly index: number;
  readonly at: string;
  readonly what: string;
}

export function momentsOf(history: readonly PastFact[]): readonly Moment[] {
  const moments: Moment[] = [];
  for (const { index, at, what } of history) {
    if (moments.at(-1)?.index !== index) moments.push({ index, at, what });
  }
  return moments;
}

/** The place of the last moment at or before `index`; the first where there is none. */
export function momentAt(moments: readonly Moment[], index: number): number {
  const next = moments.findIndex((moment) => moment.index > index);
  return next < 0 ? moments.length - 1 : Math.max(0, next - 1);
}

/**
 * The run as it stood at a log index: the newest row of each key up to there. Outputs are those of
 * tasks that had succeeded by then, and items of maps those of now: history does not repeat them.
 */
export function rowsAt(now: RunRows, history: readonly PastFact[], index: number): RunRows {
  const rows = new Map<string, Fact>();
  for (const past of history) {
    if (past.index > index && rows.size > 0) break;
    rows.set(`${past.fact.table}/${past.fact.key}`, past.fact);
  }
  let run = now.run;
  const tasks: Tables['task'][] = [];
  const expansions: Tables['expansion'][] = [];
  const items = new Map((now.expansions ?? []).map((row) => [row.mapId, row.items]));
  for (const fact of rows.values()) {
    if (fact.row === null) continue;
    if (fact.table === 'run') run = fact.row;
    else if (fact.table === 'task') tasks.push(fact.row);
    else if (fact.table === 'expansion') {
      expansions.push({ ...fact.row, items: items.get(fact.row.mapId) ?? '[]' });
    }
  }
  const done = new Set(
    tasks
      .filter(({ status }) => status === 'success')
      .map(({ taskId, mapIndex }) => `${taskId}/${mapIndex}`),
  );
  const outputs = now.outputs.filter(({ taskId, mapIndex }) => done.has(`${taskId}/${mapIndex}`));
  return { ...now, run, tasks, expansions, outputs };
}
