/** Routes of rows: where a follower outside of the cluster begins. */
import { contract } from '../api/contract.ts';
import type { FollowedTable } from '../api/contract-follow-tables.ts';
import { pageSizeDefault } from '../api/contract-kit.ts';
import type { RunDetail } from '../api/service.ts';
import { runId } from '../base/brand.ts';
import { ok } from '../base/result.ts';
import {
  backfillFact,
  calendarFact,
  connectionFact,
  dagFact,
  expansionFact,
  type Fact,
  letterFact,
  namespaceFact,
  nodeFact,
  nodePoolFact,
  outputFact,
  poolFact,
  runFact,
  scheduleFact,
  schedulingFact,
  taskFact,
  triggerFact,
  variableFact,
  versionFact,
} from '../model/fact.ts';
import type { RunEvent } from '../model/reading.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import { timeText } from '../model/views/time.ts';
import { shownFact } from './event-stream.ts';
import { placeOf } from './place.ts';
import { type Door, route } from './route.ts';
import { runNotFound } from './submit.ts';

export function followRoutes(door: Door): void {
  const { reader } = door.service;
  route(door, contract.listRows, async ({ query }) => {
    const { index, value } = await reader.look((state) =>
      query.tables.flatMap((table) => tables[table](state)).map(shownFact),
    );
    return ok({ index, value: { index, facts: value } });
  });

  route(door, contract.runRows, async ({ namespace, params }) => {
    const { index, value } = await reader.run(namespace, runId(params.runId));
    if (value === undefined) return runNotFound(params.runId);
    return ok({ index, value: { index, facts: factsOf(value) } });
  });

  route(door, contract.runHistory, async ({ namespace, params, query }) => {
    const id = runId(params.runId);
    const after = placeOf(query);
    if (!after.ok) return after;
    const run = await reader.run(namespace, id);
    if (run.value === undefined) return runNotFound(params.runId);
    const page = { after: after.value, limit: query.limit ?? pageSizeDefault };
    const { index, value } = await reader.runEvents(namespace, id, page);
    const items = value.items.map(({ at, row, ...event }) => ({
      ...event,
      at: timeText(at),
      fact: pastFactOf(row),
    }));
    return ok({ index, value: { items, cursor: value.cursor } });
  });
}

function pastFactOf(row: RunEvent['row']): Fact {
  if ('mapId' in row) return expansionFact(row);
  return 'taskId' in row ? taskFact(row) : runFact(row);
}

const factsOf = ({ run, version, tasks, outputs, expansions }: RunDetail): readonly Fact[] => [
  versionFact(version),
  runFact(run),
  ...(expansions ?? []).map(expansionFact),
  ...tasks.map(taskFact),
  ...outputs.map(outputFact),
];

/** The live rows of a table, as facts. */
const tables: { readonly [T in FollowedTable]: (state: ReadonlyState) => readonly Fact[] } = {
  dag: (state) => Array.from(state.dags(), dagFact),
  schedule: (state) =>
    [...state.dags()].flatMap(({ namespace, dagId }) => {
      const row = state.schedule(namespace, dagId);
      return row === undefined ? [] : [scheduleFact(row)];
    }),
  trigger: (state) =>
    [...state.dags()].flatMap(({ namespace, dagId }) => {
      const row = state.trigger(namespace, dagId);
      return row === undefined ? [] : [triggerFact(row)];
    }),
  run: (state) => Array.from(state.runs(), ({ run }) => runFact(run)),
  node: (state) => Array.from(state.nodes(), nodeFact),
  pool: (state) => Array.from(state.allNamed('pool'), poolFact),
  calendar: (state) => Array.from(state.allNamed('calendar'), calendarFact),
  variable: (state) => Array.from(state.allNamed('variable'), variableFact),
  backfill: (state) => Array.from(state.allNamed('backfill'), backfillFact),
  letter: (state) => Array.from(state.allNamed('letter'), letterFact),
  namespace: (state) => Array.from(state.namespaces(), namespaceFact),
  scheduling: (state) => {
    const row = state.scheduling();
    return row === undefined ? [] : [schedulingFact(row)];
  },
  'node-pool': (state) => Array.from(state.nodePools(), nodePoolFact),
  connection: (state) => Array.from(state.allNamed('connection'), connectionFact),
};
