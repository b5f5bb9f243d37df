/** `skein pool`, `skein variable`, `skein calendar`, `skein letters`. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { type Json, parseJson } from '../../model/json.ts';
import type { Place } from '../client.ts';
import {
  action,
  ask,
  askAll,
  collect,
  type Outcome,
  printJson,
  type Session,
  type Stage,
  usage,
} from '../command.ts';
import { agoText, table, tame } from '../format.ts';

export function objectCommands(program: Command, stage: Stage): void {
  poolCommands(program, stage);
  variableCommands(program, stage);
  calendarCommands(program, stage);
  letterCommands(program, stage);
}

interface Put {
  readonly name: string;
  readonly outcome: string;
}

const showPut =
  ({ terminal }: Session) =>
  ({ name, outcome }: Put): void => {
    const style = outcome === 'unchanged' ? 'gray' : 'green';
    terminal.out(`${name}  ${terminal.paint(style, outcome)}\n`);
  };

interface PoolOptions {
  readonly slots: string;
  readonly description?: string;
}

function poolCommands(program: Command, stage: Stage): void {
  const pool = program.command('pool').description('slots that tasks share, by name');
  pool
    .command('set')
    .description('create or change a pool')
    .argument('<name>', 'the name of the pool')
    .requiredOption('--slots <number>', 'how many slots it has; 0 lets nothing begin')
    .option('--description <text>', 'what it is for')
    .action(
      action<PoolOptions>(stage, async (session, options, [name = '']) => {
        const { description } = options;
        const slots = Number(options.slots);
        if (!Number.isInteger(slots) || slots < 0) {
          return usage(`"${options.slots}" is not a whole number`, 'Write --slots 4.');
        }
        const given = { params: { name }, query: {}, body: { slots, description } };
        return ask(session, contract.putPool, given, showPut(session));
      }),
    );
  pool.command('list').description('list the pools').action(action(stage, listPools));
  pool
    .command('delete')
    .description('delete a pool that no DAG uses')
    .argument('<name>', 'the name of the pool')
    .action(action(stage, (session, _, [name]) => remove(session, contract.deletePool, name)));
}

function listPools(session: Session): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) => client.call(contract.listPools, { params: {}, query: at });
  return askAll(session, call, (items) => {
    const rows = items.map((pool) => [
      pool.name,
      String(pool.slots),
      agoText(pool.updatedAt),
      pool.updatedBy,
      tame(pool.description, 80),
    ]);
    const headings = ['pool', 'slots', 'changed', 'by', 'description'];
    terminal.out(table(terminal, headings, rows, 'No pools: make one with `skein pool set`.'));
  });
}

function variableCommands(program: Command, stage: Stage): void {
  const variable = program.command('variable').description('values that templates may read');
  variable
    .command('set')
    .description('create or change a variable')
    .argument('<name>', 'the name of the variable')
    .argument('<value>', 'JSON, or a text')
    .option('--text', 'take the value as a text, also where it is JSON')
    .action(
      action<{ text?: boolean }>(stage, async (session, options, [name = '', text = '']) => {
        const read = options.text === true ? null : parseJson(text);
        const value: Json = read?.ok ? read.value : text;
        const given = { params: { name }, query: {}, body: { value } };
        return ask(session, contract.putVariable, given, showPut(session));
      }),
    );
  variable
    .command('get')
    .description('print the value of a variable as JSON')
    .argument('<name>', 'the name of the variable')
    .action(
      action(stage, (session, _, [name = '']) =>
        ask(session, contract.getVariable, { params: { name }, query: {} }, ({ value }) =>
          printJson(session, value),
        ),
      ),
    );
  variable.command('list').description('list the variables').action(action(stage, listVariables));
  variable
    .command('delete')
    .description('delete a variable; tasks whose templates read it will fail')
    .argument('<name>', 'the name of the variable')
    .action(action(stage, (session, _, [name]) => remove(session, contract.deleteVariable, name)));
}

function listVariables(session: Session): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) => client.call(contract.listVariables, { params: {}, query: at });
  return askAll(session, call, (items) => {
    const rows = items.map((variable) => [
      variable.name,
      tame(JSON.stringify(variable.value), 60),
      agoText(variable.updatedAt),
      variable.updatedBy,
    ]);
    const headings = ['variable', 'value', 'changed', 'by'];
    const empty = 'No variables: make one with `skein variable set`.';
    terminal.out(table(terminal, headings, rows, empty));
  });
}

interface CalendarOptions {
  readonly weekday: readonly string[];
  readonly day: readonly string[];
  readonly yearly: readonly string[];
  readonly except: readonly string[];
  readonly description?: string;
}

function calendarCommands(program: Command, stage: Stage): void {
  const calendar = program.command('calendar').description('named days that schedules follow');
  calendar
    .command('set')
    .description('create a calendar, or put another in its place')
    .argument('<name>', 'the name of the calendar')
    .option('--weekday <number>', 'every such day of the week, 0 is Sunday; repeat it', collect, [])
    .option('--day <date>', 'a single day, as in 2026-12-25; repeat it', collect, [])
    .option('--yearly <day>', 'a day of every year, as in 12-25; repeat it', collect, [])
    .option('--except <date>', 'a day that does not belong to it; repeat it', collect, [])
    .option('--description <text>', 'what it is for')
    .action(
      action<CalendarOptions>(stage, async (session, options, [name = '']) => {
        const weekdays = options.weekday.map(Number);
        const { day, yearly, except, description } = options;
        const body = {
          ...{ weekdays, days: [...day], yearly: [...yearly], except: [...except] },
          ...(description === undefined ? {} : { description }),
        };
        const given = { params: { name }, query: {}, body };
        return ask(session, contract.putCalendar, given, showPut(session));
      }),
    );
  calendar
    .command('show')
    .description('print a calendar as JSON')
    .argument('<name>', 'the name of the calendar')
    .action(
      action(stage, async (session, _, [name = '']) => {
        const asked = { params: { name }, query: {} };
        const reply = await session.client.call(contract.getCalendar, asked);
        return reply.ok ? printJson(session, reply.value.raw) : reply;
      }),
    );
  calendar.command('list').description('list the calendars').action(action(stage, listCalendars));
  calendar
    .command('delete')
    .description('delete a calendar that no DAG uses')
    .argument('<name>', 'the name of the calendar')
    .action(action(stage, (session, _, [name]) => remove(session, contract.deleteCalendar, name)));
}

function listCalendars(session: Session): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) => client.call(contract.listCalendars, { params: {}, query: at });
  return askAll(session, call, (items) => {
    const rows = items.map((calendar) => [
      calendar.name,
      calendar.weekdays.join(','),
      String(calendar.days.length),
      String(calendar.yearly.length),
      String(calendar.except.length),
      tame(calendar.description, 80),
    ]);
    const headings = ['calendar', 'weekdays', 'days', 'yearly', 'except', 'description'];
    const empty = 'No calendars: make one with `skein calendar set`.';
    terminal.out(table(terminal, headings, rows, empty));
  });
}

type Deletion =
  | typeof contract.deletePool
  | typeof contract.deleteVariable
  | typeof contract.deleteCalendar;

const remove = (session: Session, endpoint: Deletion, name = ''): Promise<Outcome> =>
  ask(session, endpoint, { params: { name }, query: {} }, () =>
    session.terminal.out(`${name}  deleted\n`),
  );

function letterCommands(program: Command, stage: Stage): void {
  const letters = program
    .command('letters')
    .description('what should have started something and could not');
  letters
    .command('list', { isDefault: true })
    .description('list dead letters, newest first')
    .option('--dag <dag>', 'only of this DAG')
    .action(action<{ dag?: string }>(stage, listLetters));
  letters
    .command('replay')
    .description('try again what a letter is about')
    .argument('<letter>', 'the id of the letter')
    .action(action(stage, (session, _, [id]) => settle(session, 'replayed', id)));
  letters
    .command('drop')
    .description('drop a letter')
    .argument('<letter>', 'the id of the letter')
    .action(action(stage, (session, _, [id]) => settle(session, 'dropped', id)));
}

function listLetters(session: Session, { dag }: { readonly dag?: string }): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) =>
    client.call(contract.listLetters, { params: {}, query: { ...at, dag } });
  return askAll(session, call, (items) => {
    const rows = items.map((letter) => [
      letter.letterId,
      letter.kind,
      letter.dagId ?? '-',
      agoText(letter.at),
      letter.replays,
      tame(letter.reason, 100),
    ]);
    const headings = ['letter', 'kind', 'dag', 'when', 'replays', 'why'];
    terminal.out(table(terminal, headings, rows, 'No dead letters.'));
  });
}

function settle(session: Session, how: 'replayed' | 'dropped', letterId = ''): Promise<Outcome> {
  const endpoint = how === 'replayed' ? contract.replayLetter : contract.dropLetter;
  return ask(session, endpoint, { params: { letterId }, query: {} }, () =>
    session.terminal.out(`${letterId}  ${how}\n`),
  );
}
