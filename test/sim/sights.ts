/** What of the DAG language a seed has seen happen, by the rows that were committed. */
import type { Change } from '../../src/model/fact.ts';
import type { NodeRow } from '../../src/model/node.ts';
import type { RunRow } from '../../src/model/run.ts';
import { defaultScheduling } from '../../src/model/scheduling.ts';
import type { TaskRow } from '../../src/model/task-instance.ts';
import type { Recorded } from './chronicle.ts';

/** What a batch of seeds should see; what it never saw is named at its end. */
export const sightsWanted = [
  ...['run manual', 'run schedule', 'run event', 'run backfill', 'run task', 'held run'],
  ...['paused run', 'waits for time', 'waits for look', 'waits for round', 'waits for approval'],
  ...['waits for run', 'waits for event', 'told success', 'told failure', 'told retry'],
  ...['told sla', 'told exit', 'told compensate', 'marked task', 'left by a branch'],
  ...['not set up', 'map', 'empty map', 'skipped fire catchup', 'skipped fire overlap'],
  ...['skipped fire paused', 'skipped fire coalesced', 'skipped fire calendar', 'skipped fire dst'],
  ...['skipped fire deleted', 'rate', 'kept event', 'dead letter', 'canary', 'backfill done'],
  ...['preempted', 'drained', 'asked to be preempted', 'asked to be drained', 'drained node'],
  ...['resumed node', 'backfilled placement', 'placed by queue', 'placed by pool'],
  ...['pinned placement'],
  ...[
    'taint tolerated',
    'quota full',
    'class aged',
    'two namespaces want the same',
    'reordered',
    'shared otherwise',
    'lesson',
  ],
  ...['capacity changed', 'quota put', 'quota gone', 'start-run beyond quota'],
  ...[
    'apply-dag beyond quota',
    'as many waiting runs as allowed',
    'as many active runs as allowed',
  ],
  ...['as many runs within a minute as allowed', 'as many attempts of its DAG as allowed'],
  ...['as many attempts of its task as allowed'],
] as const;

export class Sights {
  readonly counts = new Map<string, number>();

  saw(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  see({ applied }: Recorded): void {
    for (const { change } of applied) {
      for (const name of namesOf(change)) this.saw(name);
    }
  }
}

function* namesOf(change: Change): Iterable<string> {
  if (change.table === 'namespace' && change.fact.row === null) yield 'quota gone';
  if (change.fact.row === null) return;
  switch (change.table) {
    case 'run':
      yield* ofRun(change.before, change.fact.row);
      return;
    case 'task':
      yield* ofTask(change.before, change.fact.row);
      return;
    case 'expansion':
      yield change.fact.row.size === 0 ? 'empty map' : 'map';
      return;
    case 'schedule': {
      const known = new Set(change.before?.skips?.map(({ from }) => from));
      for (const { from, reason } of change.fact.row.skips ?? []) {
        if (!known.has(from)) yield `skipped fire ${reason}`;
      }
      return;
    }
    case 'trigger':
      if (change.fact.row.events.length > (change.before?.events.length ?? 0)) yield 'kept event';
      return;
    case 'backfill':
      if (change.fact.row.status === 'done') yield 'backfill done';
      return;
    case 'dag':
      if (change.fact.row.canary !== undefined && !change.before?.canary) yield 'canary';
      return;
    case 'letter':
      yield 'dead letter';
      return;
    case 'rate':
      yield 'rate';
      return;
    case 'node':
      yield* ofNode(change.before, change.fact.row);
      return;
    case 'scheduling': {
      const before = change.before ?? defaultScheduling;
      if (before.order !== change.fact.row.order) yield 'reordered';
      if (before.fairShare !== change.fact.row.fairShare) yield 'shared otherwise';
      return;
    }
    case 'estimate':
      yield 'lesson';
      return;
    case 'namespace':
      if (Object.keys(change.fact.row.quota).length > 0) yield 'quota put';
      return;
  }
}

function* ofNode(before: NodeRow | null, row: NodeRow): Iterable<string> {
  if (row.drain !== undefined && before?.drain === undefined) yield 'drained node';
  if (row.drain === undefined && before?.drain !== undefined) yield 'resumed node';
  const room = before === null ? undefined : JSON.stringify(before.capacity);
  if (room !== undefined && room !== JSON.stringify(row.capacity)) yield 'capacity changed';
}

function* ofRun(before: RunRow | null, row: RunRow): Iterable<string> {
  if (before === null && row.generation === 1) yield `run ${row.trigger}`;
  if (row.heldBy !== undefined && before?.heldBy === undefined) yield 'held run';
  if (row.isPaused === true && before?.isPaused !== true) yield 'paused run';
}

function* ofTask(before: TaskRow | null, row: TaskRow): Iterable<string> {
  if (row.markedBy !== undefined && before?.markedBy === undefined) yield 'marked task';
  if (before === null && row.cause !== undefined) yield `told ${row.cause.on}`;
  if (before?.status === row.status) return;
  if (row.status === 'deferred') yield `waits for ${row.waitsFor.kind}`;
  if (row.status !== 'skipped') return;
  if (row.reason.startsWith('the branch before it')) yield 'left by a branch';
  if (row.reason.startsWith('nothing was set up')) yield 'not set up';
}
