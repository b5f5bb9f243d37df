/** Endpoints of named objects: pools, variables, calendars; and of dead letters. */
import { z } from 'zod';
import { objectLimits } from '../model/object-limits.ts';
import type { CalendarView, LetterView, PoolView, VariableView } from '../model/views/objects.ts';
import {
  bareEndpoint,
  dagFilter,
  endpoint,
  jsonBody,
  jsonValue,
  lists,
  noParams,
  reads,
  writes,
} from './contract-kit.ts';
import { page } from './contract-replies.ts';
import { idText, strict } from './schema-kit.ts';

const named = strict({ name: idText('a name') });
const described = {
  name: z.string(),
  namespace: z.string(),
  updatedAt: z.string(),
  updatedBy: z.string(),
};
const description = z.string().max(objectLimits.descriptionCharacters).optional();

const putReply = z.object({
  name: z.string(),
  outcome: z.enum(['created', 'changed', 'unchanged']),
  index: z.number(),
});
const deleteReply = z.object({ name: z.string(), index: z.number() });

const poolReply = z.object({
  ...described,
  slots: z.number(),
  description: z.string(),
}) satisfies z.ZodType<PoolView>;

const variableReply = z.object({
  ...described,
  value: jsonValue,
}) satisfies z.ZodType<VariableView>;

const calendarReply = z.object({
  ...described,
  description: z.string(),
  weekdays: z.array(z.number()).readonly(),
  days: z.array(z.string()).readonly(),
  yearly: z.array(z.string()).readonly(),
  except: z.array(z.string()).readonly(),
}) satisfies z.ZodType<CalendarView>;

const poolBody = strict({
  slots: z.int().min(0).max(objectLimits.poolSlots),
  description,
});

const variableBody = strict({
  value: jsonValue.refine(
    (value) => JSON.stringify(value).length <= objectLimits.variableCharacters,
    {
      error: `at most ${objectLimits.variableCharacters} characters as JSON`,
    },
  ),
});

/** 31 February is no day; 29 February is, in a year that has one. */
const isDay = (text: string): boolean => {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
};
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'write a day as in 2026-12-25')
  .refine(isDay, { error: 'there is no such day' });
const yearlyDay = z
  .string()
  .regex(/^\d{2}-\d{2}$/, 'write a day of the year as in 12-25')
  .refine((text) => isDay(`2024-${text}`), { error: 'there is no such day' });
const days = z.array(day).max(objectLimits.calendarDays);

const calendarBody = strict({
  description,
  weekdays: z.array(z.int().min(0).max(6)).max(7).optional().meta({ description: '0 is Sunday.' }),
  days: days.optional(),
  yearly: z.array(yearlyDay).max(366).optional(),
  except: days.optional(),
});

/** The four endpoints of one kind of object. */
const objectEndpoints = <B extends z.ZodType, R extends z.ZodType>(kind: {
  readonly path: string;
  readonly one: string;
  readonly many: string;
  readonly body: B;
  readonly reply: R;
}) => {
  const { path, one, many, body, reply } = kind;
  return {
    put: endpoint({
      method: 'PUT',
      path: `/api/v1/${path}/{name}`,
      summary: `Create or change ${one}: 201 when it is new.`,
      params: named,
      query: writes({}),
      ...jsonBody(body),
      statuses: [200, 201],
      reply: putReply,
      refusals: ['LIMIT_REACHED'],
    }),
    get: bareEndpoint('GET', {
      path: `/api/v1/${path}/{name}`,
      summary: `Look at ${one}.`,
      params: named,
      query: reads({}),
      reply,
      refusals: ['OBJECT_NOT_FOUND'],
    }),
    list: bareEndpoint('GET', {
      path: `/api/v1/${path}`,
      summary: `The ${many} of a namespace, by name.`,
      params: noParams,
      query: lists({}),
      reply: page(reply),
      refusals: [],
    }),
    delete: bareEndpoint('DELETE', {
      path: `/api/v1/${path}/{name}`,
      summary: `Delete ${one} that no DAG uses.`,
      params: named,
      query: writes({}),
      reply: deleteReply,
      refusals: ['OBJECT_NOT_FOUND', 'OBJECT_IN_USE'],
    }),
  };
};

export const pools = objectEndpoints({
  ...{ path: 'pools', one: 'a pool', many: 'pools' },
  ...{ body: poolBody, reply: poolReply },
});
export const variables = objectEndpoints({
  ...{ path: 'variables', one: 'a variable', many: 'variables' },
  ...{ body: variableBody, reply: variableReply },
});
export const calendars = objectEndpoints({
  ...{ path: 'calendars', one: 'a calendar', many: 'calendars' },
  ...{ body: calendarBody, reply: calendarReply },
});

const letterReply = z.object({
  letterId: z.string(),
  namespace: z.string(),
  dagId: z.string().nullable(),
  kind: z.string(),
  reason: z.string(),
  at: z.string(),
  replays: z.string(),
}) satisfies z.ZodType<LetterView>;

const letterParams = strict({ letterId: idText('the id of a letter') });
const settledReply = z.object({ letterId: z.string(), index: z.number() });

export const objectContract = {
  putPool: pools.put,
  getPool: pools.get,
  listPools: pools.list,
  deletePool: pools.delete,
  putVariable: variables.put,
  getVariable: variables.get,
  listVariables: variables.list,
  deleteVariable: variables.delete,
  putCalendar: calendars.put,
  getCalendar: calendars.get,
  listCalendars: calendars.list,
  deleteCalendar: calendars.delete,
  listLetters: bareEndpoint('GET', {
    path: '/api/v1/letters',
    summary: 'Dead letters: what should have started something and could not, newest first.',
    params: noParams,
    query: lists(dagFilter),
    reply: page(letterReply),
    refusals: [],
  }),
  replayLetter: bareEndpoint('POST', {
    path: '/api/v1/letters/{letterId}/replay',
    summary: 'Try again what a letter is about; it stays if that is refused again.',
    params: letterParams,
    query: writes({}),
    reply: settledReply,
    refusals: ['LETTER_NOT_FOUND', 'DAG_NOT_FOUND', 'RUN_EXISTS', 'PARAM_INVALID'],
  }),
  dropLetter: bareEndpoint('DELETE', {
    path: '/api/v1/letters/{letterId}',
    summary: 'Drop a letter.',
    params: letterParams,
    query: writes({}),
    reply: settledReply,
    refusals: ['LETTER_NOT_FOUND'],
  }),
};
