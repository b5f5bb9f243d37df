/**
 * Pools, variables and calendars are put and deleted. A pool or a calendar that a DAG names is not
 * deleted under it; who reads a variable is known only when a template is rendered, so a variable
 * goes without a question. So does a connection: a secret that got out must be gone at once.
 */
import { unreachable } from '../../base/assert.ts';
import type { DagId, Namespace } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { CalendarRow } from '../../model/calendar-row.ts';
import { calendarsIn } from '../../model/calendars.ts';
import type { CommandReply, ObjectCommand } from '../../model/command.ts';
import type { DagSpec } from '../../model/dag.ts';
import { calendarFact, type Fact, poolFact, variableFact } from '../../model/fact.ts';
import { namedKey } from '../../model/keys.ts';
import { objectLimits } from '../../model/object-limits.ts';
import type { ReadonlyState } from '../../model/readonly-state.ts';
import { type Refusal, refusal } from '../../model/refusal.ts';
import { isSameValue } from '../../model/version-diff.ts';
import type { Turn } from '../turn.ts';

type Of<K extends ObjectCommand['kind']> = Extract<ObjectCommand, { readonly kind: K }>;
type Answer = Result<CommandReply, Refusal>;

export function putPool(turn: Turn, { namespace, name, ...rest }: Of<'put-pool'>, by: string) {
  const before = turn.state.named('pool', namespace, name);
  const { slots, description } = rest;
  const isSame = before?.slots === slots && before.description === description;
  const updated = { updatedAt: turn.at, updatedBy: by };
  const fact = poolFact({ namespace, name, slots, description, ...updated });
  return put(turn, { table: 'pool', before, isSame, fact, most: objectLimits.pools });
}

export function putVariable(turn: Turn, command: Of<'put-variable'>, by: string): Answer {
  const { namespace, name, value } = command;
  const before = turn.state.named('variable', namespace, name);
  const isSame = before !== undefined && isSameValue(before.value, value);
  const fact = variableFact({ namespace, name, value, updatedAt: turn.at, updatedBy: by });
  return put(turn, { table: 'variable', before, isSame, fact, most: objectLimits.variables });
}

export function putCalendar(turn: Turn, command: Of<'put-calendar'>, by: string): Answer {
  const { namespace, calendar } = command;
  const before = turn.state.named('calendar', namespace, calendar.name);
  const isSame = before !== undefined && contentOf(before) === contentOf(calendar);
  const fact = calendarFact({ namespace, ...calendar, updatedAt: turn.at, updatedBy: by });
  return put(turn, { table: 'calendar', before, isSame, fact, most: objectLimits.calendars });
}

const contentOf = (row: Omit<CalendarRow, 'namespace' | 'updatedAt' | 'updatedBy'>): string =>
  JSON.stringify([row.description, row.weekdays, row.days, row.yearly, row.except]);

function put(
  turn: Turn,
  object: {
    readonly table: 'pool' | 'variable' | 'calendar';
    readonly before: object | undefined;
    readonly isSame: boolean;
    readonly fact: Fact;
    readonly most: number;
  },
): Answer {
  const { table, before, isSame, fact, most } = object;
  if (isSame) return ok({ kind: 'object-put', outcome: 'unchanged' });
  if (before === undefined && turn.state.count(table) >= most) {
    return fail(refusal('LIMIT_REACHED', `the cluster has its ${most} ${table}s already`));
  }
  turn.emit(fact);
  return ok({ kind: 'object-put', outcome: before === undefined ? 'created' : 'changed' });
}

export function deleteObject(turn: Turn, command: Of<'delete-object'>): Answer {
  const { table, namespace, name } = command;
  if (turn.state.named(table, namespace, name) === undefined) {
    const detail = `there is no ${table} ${name} in namespace ${namespace}`;
    return fail(refusal('OBJECT_NOT_FOUND', detail));
  }
  const uses = usesOf(table, name);
  const users = uses === undefined ? [] : usersOf(turn.state, namespace, uses);
  if (users.length > 0) {
    const named = users.slice(0, 3).join(', ') + (users.length > 3 ? '…' : '');
    const count = users.length === 1 ? '1 DAG' : `${users.length} DAGs`;
    const detail = `${table} ${name} is used by ${count}: ${named}`;
    return fail(refusal('OBJECT_IN_USE', detail));
  }
  turn.emit({ table, key: namedKey(namespace, name), row: null });
  return ok({ kind: 'object-deleted' });
}

/** How a DAG names it; undefined for what may go without a question. */
function usesOf(
  table: Of<'delete-object'>['table'],
  name: string,
): ((spec: DagSpec) => boolean) | undefined {
  switch (table) {
    case 'pool':
      return ({ tasks }) => Object.values(tasks).some(({ pool }) => pool === name);
    case 'calendar':
      return (spec) => calendarsIn(spec).includes(name);
    case 'variable':
    case 'connection':
      return undefined;
    default:
      return unreachable(table);
  }
}

/** DAGs whose current version, canary, live runs or backfills under way use it, by id. */
function usersOf(
  state: ReadonlyState,
  namespace: Namespace,
  uses: (spec: DagSpec) => boolean,
): readonly DagId[] {
  const users = new Set<DagId>();
  const look = (dagId: DagId, versionId: Parameters<ReadonlyState['version']>[2]): void => {
    const version = users.has(dagId) ? undefined : state.version(namespace, dagId, versionId);
    if (version !== undefined && uses(version.spec)) users.add(dagId);
  };
  for (const dag of state.dags()) {
    if (dag.namespace !== namespace) continue;
    look(dag.dagId, dag.versionId);
    if (dag.canary !== undefined) look(dag.dagId, dag.canary.versionId);
  }
  const seen = new Set<string>();
  for (const { run } of state.runs()) {
    if (run.namespace !== namespace || seen.has(run.versionId)) continue;
    seen.add(run.versionId);
    look(run.dagId, run.versionId);
  }
  for (const { namespace: where, dagId, versionId, status } of state.allNamed('backfill')) {
    const goesOn = status === 'running' || status === 'paused';
    if (where === namespace && goesOn) look(dagId, versionId);
  }
  return [...users].sort();
}
