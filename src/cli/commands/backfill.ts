/** `skein backfill start|list|show|pause|resume|cancel`. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { formatDuration } from '../../base/duration.ts';
import type { Place } from '../client.ts';
import {
  action,
  ask,
  askAll,
  collect,
  type Outcome,
  type Session,
  type Stage,
  usage,
} from '../command.ts';
import { agoText, factLines, stateText, table, tame } from '../format.ts';
import { paramsOf } from './params.ts';

export function backfillCommands(program: Command, stage: Stage): void {
  const backfill = program.command('backfill').description('run a DAG for a range of the past');
  backfill
    .command('start')
    .description('run a DAG for every logical date of a range')
    .argument('<dag>', 'the id of the DAG')
    .requiredOption('--from <date>', 'the first logical date: 2026-01-01 is midnight UTC')
    .requiredOption('--to <date>', 'the last one, included: 2026-03-31T23:59:59Z, or midnight UTC')
    .option('--backward', 'the newest date first')
    .option('--active <number>', 'runs of it that are alive at a time', '4')
    .option('--only <which>', 'missing, failed or all dates', 'missing')
    .option('-p, --param <key=value>', 'a param; may be repeated', collect, [])
    .option('--dry-run', 'count the dates, and list the first ones')
    .action(action<StartOptions>(stage, start));
  backfill
    .command('list', { isDefault: true })
    .description('list backfills, newest first')
    .option('--dag <dag>', 'only of this DAG')
    .action(action<{ dag?: string }>(stage, list));
  backfill
    .command('show')
    .description('show a backfill and its progress')
    .argument('<backfill>', 'the id of the backfill')
    .action(action(stage, show));
  for (const [verb, text] of [
    ['pause', 'start no more runs of it; those that are active go on'],
    ['resume', 'let it go on'],
    ['cancel', 'end it; its runs that have not begun are cancelled'],
  ] as const) {
    backfill
      .command(verb)
      .description(text)
      .argument('<backfill>', 'the id of the backfill')
      .action(action(stage, (session, _, [id = '']) => change(session, verb, id)));
  }
}

interface StartOptions {
  readonly from: string;
  readonly to: string;
  readonly backward?: boolean;
  readonly active: string;
  readonly only: string;
  readonly param: readonly string[];
  readonly dryRun?: boolean;
}

async function start(
  session: Session,
  options: StartOptions,
  [dagId = '']: readonly string[],
): Promise<Outcome> {
  const { client, terminal } = session;
  const only = (['missing', 'failed', 'all'] as const).find((which) => which === options.only);
  if (only === undefined) {
    return usage(`"${options.only}" are no dates`, 'Use --only missing, failed or all.');
  }
  const activeMax = Number(options.active);
  if (!Number.isInteger(activeMax) || activeMax < 1) {
    return usage(`"${options.active}" is not a whole number`, 'Write --active 4.');
  }
  const dag = await client.call(contract.getDag, { params: { dagId }, query: {} });
  if (!dag.ok) return dag;
  const params = paramsOf(options.param, dag.value.value.spec.params);
  if (!params.ok) return params;
  const direction = options.backward === true ? ('backward' as const) : ('forward' as const);
  const body = {
    ...{ from: options.from, to: options.to, direction, activeMax, only },
    ...{ params: params.value, dryRun: options.dryRun === true },
  };
  const input = { params: { dagId }, query: {}, body };
  return ask(session, contract.startBackfill, input, ({ backfillId, total, passedOver, dates }) => {
    const todo = total - passedOver;
    if (backfillId === null) {
      terminal.out(`${todo} of ${total} dates would run; ${passedOver} are passed over\n`);
      for (const date of dates) terminal.out(`${date}\n`);
      if (dates.length < todo) terminal.out(`and ${todo - dates.length} more\n`);
      return;
    }
    terminal.out(`${backfillId}\n`);
    terminal.err(`${todo} of ${total} dates; \`skein backfill show ${backfillId}\` follows it\n`);
  });
}

function list(session: Session, { dag }: { readonly dag?: string }): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) =>
    client.call(contract.listBackfills, { params: {}, query: { ...at, dag } });
  return askAll(session, call, (items) => {
    const rows = items.map((each) => [
      each.backfillId,
      each.dagId,
      stateText(terminal, each.state),
      `${each.started + each.passedOver}/${each.total}`,
      String(each.active),
      String(each.failed),
      `${each.from.slice(0, 10)}..${each.to.slice(0, 10)}`,
      agoText(each.createdAt),
    ]);
    const headings = ['backfill', 'dag', 'state', 'dates', 'active', 'failed', 'range', 'started'];
    terminal.out(table(terminal, headings, rows, 'No backfills.'));
  });
}

function show(session: Session, _: object, [backfillId = '']: readonly string[]): Promise<Outcome> {
  const { terminal } = session;
  return ask(session, contract.getBackfill, { params: { backfillId }, query: {} }, (it) => {
    const lasted = it.endedAt === null ? null : Date.parse(it.endedAt) - Date.parse(it.createdAt);
    const facts = [
      ['dag', it.dagId],
      ['range', `${it.from} .. ${it.to}, ${it.direction}`],
      ['dates', `${it.total}, of which ${it.passedOver} are passed over (${it.only})`],
      ['runs', `${it.started} started, ${it.active} of at most ${it.activeMax} active`],
      ['ended', `${it.succeeded} success, ${it.failed} failed or cancelled`],
      ['at', it.at ?? ''],
      ['version', it.versionId.slice(0, 12)],
      ['started', `${agoText(it.createdAt)} by ${tame(it.createdBy)}`],
      ['took', lasted === null ? '' : formatDuration(lasted)],
    ] as const;
    terminal.out(`${terminal.paint('bold', it.backfillId)}  ${stateText(terminal, it.state)}\n`);
    terminal.out(factLines(terminal, facts, 9));
  });
}

const changes = {
  pause: contract.pauseBackfill,
  resume: contract.resumeBackfill,
  cancel: contract.cancelBackfill,
} as const;

function change(
  session: Session,
  verb: keyof typeof changes,
  backfillId: string,
): Promise<Outcome> {
  return ask(session, changes[verb], { params: { backfillId }, query: {} }, ({ state }) =>
    session.terminal.out(`${backfillId}  ${state}\n`),
  );
}
