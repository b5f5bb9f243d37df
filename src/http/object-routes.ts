/** Routes of named objects: pools, variables, calendars; and of dead letters. */
import { contract } from '../api/contract.ts';
import { type Problem, problemOf } from '../api/problems.ts';
import type { Namespace } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { ObjectCommand } from '../model/command.ts';
import type { DeadLetterRow } from '../model/dead-letter.ts';
import type { Tables } from '../model/fact.ts';
import type { NamedTable } from '../model/readonly-state.ts';
import { calendarView, letterView, poolView, variableView } from '../model/views/objects.ts';
import { type PageQuery, pageOf, timeKey } from './pages.ts';
import { type Door, route, type Success } from './route.ts';
import { acknowledge, submit, unexpectedReply } from './submit.ts';

export function objectRoutes(door: Door): void {
  poolRoutes(door);
  variableRoutes(door);
  calendarRoutes(door);
  letterRoutes(door);
}

function poolRoutes(door: Door): void {
  route(door, contract.putPool, (call) => {
    const { slots, description = '' } = call.body;
    const { name } = call.params;
    const { namespace } = call;
    return put(door, call, { kind: 'put-pool', namespace, name, slots, description });
  });
  route(door, contract.getPool, async ({ namespace, params }) =>
    one(await rows(door, 'pool', namespace), params.name, poolView),
  );
  route(door, contract.listPools, async ({ namespace, query }) =>
    some(await rows(door, 'pool', namespace), query, poolView),
  );
  route(door, contract.deletePool, (call) => remove(door, call, 'pool'));
}

function variableRoutes(door: Door): void {
  route(door, contract.putVariable, (call) => {
    const { namespace, params, body } = call;
    const { name } = params;
    return put(door, call, { kind: 'put-variable', namespace, name, value: body.value });
  });
  route(door, contract.getVariable, async ({ namespace, params }) =>
    one(await rows(door, 'variable', namespace), params.name, variableView),
  );
  route(door, contract.listVariables, async ({ namespace, query }) =>
    some(await rows(door, 'variable', namespace), query, variableView),
  );
  route(door, contract.deleteVariable, (call) => remove(door, call, 'variable'));
}

function calendarRoutes(door: Door): void {
  route(door, contract.putCalendar, (call) => {
    const { namespace, params, body } = call;
    // Sorted and without doubles: the same calendar is said in one way only.
    const calendar = {
      name: params.name,
      description: body.description ?? '',
      weekdays: [...new Set(body.weekdays)].sort(),
      days: [...new Set(body.days)].sort(),
      yearly: [...new Set(body.yearly)].sort(),
      except: [...new Set(body.except)].sort(),
    };
    return put(door, call, { kind: 'put-calendar', namespace, calendar });
  });
  route(door, contract.getCalendar, async ({ namespace, params }) =>
    one(await rows(door, 'calendar', namespace), params.name, calendarView),
  );
  route(door, contract.listCalendars, async ({ namespace, query }) =>
    some(await rows(door, 'calendar', namespace), query, calendarView),
  );
  route(door, contract.deleteCalendar, (call) => remove(door, call, 'calendar'));
}

type Rows<T> = Success<readonly T[]>;

/** The rows of a namespace in one table. */
export const rows = <T extends NamedTable>(
  { service }: Door,
  table: T,
  namespace: Namespace,
): Promise<Rows<Tables[T]>> =>
  service.reader.look((state) =>
    [...state.allNamed(table)].filter((row) => row.namespace === namespace),
  );

interface Named {
  readonly name: string;
}

export function one<T extends Named, V>(
  { index, value }: Rows<T>,
  name: string,
  view: (row: T) => V,
): Result<Success<V>, Problem> {
  const row = value.find((each) => each.name === name);
  if (row !== undefined) return ok({ index, value: view(row) });
  return fail(problemOf('OBJECT_NOT_FOUND', `there is no "${name}" in this namespace`));
}

export function some<T extends Named, V>(
  { index, value }: Rows<T>,
  query: PageQuery,
  view: (row: T) => V,
) {
  const { items, cursor } = pageOf(value, { key: ({ name }) => name }, query);
  return ok({ index, value: { items: items.map(view), cursor } });
}

type PutCommand = Exclude<ObjectCommand, { readonly kind: 'delete-object' }>;
type PutReply = {
  readonly name: string;
  readonly outcome: 'created' | 'changed' | 'unchanged';
  readonly index: number;
};

interface ObjectCall {
  readonly namespace: Namespace;
  readonly params: Named;
  readonly requestId: Parameters<typeof submit>[1]['requestId'];
}

export async function put(
  door: Door,
  call: ObjectCall,
  command: PutCommand,
): Promise<Result<Success<PutReply>, Problem>> {
  const done = await submit(door, call, command);
  if (!done.ok) return done;
  const { reply, index } = done.value;
  if (reply.kind !== 'object-put') return unexpectedReply(reply);
  const { outcome } = reply;
  const status = outcome === 'created' ? 201 : 200;
  return ok({ index, status, value: { name: call.params.name, outcome, index } });
}

export function remove(
  door: Door,
  call: ObjectCall,
  table: Extract<ObjectCommand, { readonly kind: 'delete-object' }>['table'],
) {
  const { namespace, params } = call;
  const { name } = params;
  return acknowledge(door, call, { kind: 'delete-object', table, namespace, name }, { name });
}

function letterRoutes(door: Door): void {
  route(door, contract.listLetters, async ({ namespace, query }) => {
    const { index, value } = await rows(door, 'letter', namespace);
    const wanted = value.filter(({ dagId }) => query.dag === undefined || dagId === query.dag);
    const key = ({ at, letterId }: DeadLetterRow): string => timeKey(at, letterId);
    const { items, cursor } = pageOf(wanted, { key, down: true }, query);
    return ok({ index, value: { items: items.map(letterView), cursor } });
  });
  for (const [endpoint, how] of [
    [contract.replayLetter, 'replay'],
    [contract.dropLetter, 'drop'],
  ] as const) {
    route(door, endpoint, (call) => {
      const { letterId } = call.params;
      const { namespace } = call;
      const command = { kind: 'settle-letter', namespace, letterId, how } as const;
      return acknowledge(door, call, command, { letterId });
    });
  }
}
