/** `skein run`, `runs`, `show`, `watch`, `cancel`, `rerun`, `events`. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { parseDuration } from '../../base/duration.ts';
import { ok, type Result } from '../../base/result.ts';
import { parseInstant } from '../../model/instant.ts';
import { everyItem, type Place } from '../client.ts';
import {
  action,
  answer,
  ask,
  askAll,
  collect,
  done,
  type Outcome,
  printJson,
  type Session,
  type Stage,
  usage,
} from '../command.ts';
import { exitCodes, type Failure } from '../exit-codes.ts';
import { followRun } from '../follow-run.ts';
import { agoText, clockText, jsonText, lastedText, stateText, table, tame } from '../format.ts';
import { instanceName } from '../instance-name.ts';
import { RunLines } from '../run-lines.ts';
import { paramsOf } from './params.ts';
import { showRun } from './show-run.ts';

export function runCommands(program: Command, stage: Stage): void {
  program
    .command('run')
    .description('start a run')
    .argument('<dag>', 'the id of the DAG')
    .option('-p, --param <key=value>', 'a param; may be repeated', collect, [])
    .option('--id <runId>', 'choose the id of the run')
    .option('--date <date>', 'the logical date, as in 2026-01-31 or 2026-01-31T03:00:00Z')
    .option('--priority <number>', 'higher goes first')
    .option('--wait', 'wait until it ends; the exit code says how')
    .option('--follow', 'the same, and show each change as it comes')
    .option('--timeout <duration>', 'wait no longer than this, as in 10m')
    .action(action<RunOptions>(stage, start));
  program
    .command('runs')
    .description('list runs, newest first')
    .option('--dag <dag>', 'only of this DAG')
    .option('--state <states>', 'only in these states, as in running,failed')
    .option('--since <time>', 'created since a date, or for a duration as in 2h')
    .option('--limit <number>', 'at most so many', '20')
    .action(action<ListOptions>(stage, list));
  program
    .command('show')
    .description('show a run and its tasks')
    .argument('<run>', 'the id of the run')
    .option('--all', 'every task and every instance of maps, whatever became of it')
    .action(action<ShowOptions>(stage, show));
  program
    .command('watch')
    .description('show each change of a run as it comes, until it ends')
    .argument('<run>', 'the id of the run')
    .option('--timeout <duration>', 'watch no longer than this, as in 10m')
    .action(action<WaitOptions>(stage, watch));
  changeCommands(program, stage);
}

function changeCommands(program: Command, stage: Stage): void {
  program
    .command('cancel')
    .description('cancel a run: nothing starts any more, its processes are stopped')
    .argument('<run>', 'the id of the run')
    .action(action(stage, cancel));
  program
    .command('rerun')
    .description('run tasks of a run again')
    .argument('<run>', 'the id of the run')
    .option('-t, --task <task>', 'only this task; may be repeated', collect, [])
    .option('--from <task>', 'this task and everything behind it; may be repeated', collect, [])
    .option('--downstream', 'and everything downstream of them')
    .option('--failed-only', 'only those that did not succeed')
    .action(action<RerunOptions>(stage, rerun));
  program
    .command('events')
    .description('the history of a run: every fact with its log index')
    .argument('<run>', 'the id of the run')
    .action(action(stage, events));
}

interface WaitOptions {
  readonly timeout?: string;
}

interface RunOptions extends WaitOptions {
  readonly param: readonly string[];
  readonly id?: string;
  readonly date?: string;
  readonly priority?: string;
  readonly wait?: boolean;
  readonly follow?: boolean;
}

async function start(
  session: Session,
  options: RunOptions,
  [dagId = '']: readonly string[],
): Promise<Outcome> {
  const { client, terminal, json } = session;
  // The definition says of which type each param is: `-p n=5` may be a text or a number.
  const dag =
    options.param.length === 0
      ? null
      : await client.call(contract.getDag, {
          params: { dagId },
          query: {},
        });
  if (dag !== null && !dag.ok) return dag;
  const params = paramsOf(options.param, dag?.value.value.spec.params ?? {});
  if (!params.ok) return params;
  const priority = options.priority === undefined ? null : Number(options.priority);
  if (priority !== null && !Number.isInteger(priority)) {
    return usage(`"${options.priority}" is not a whole number`, 'Write --priority 10.');
  }
  const body = {
    params: params.value,
    ...(options.date === undefined ? {} : { logicalDate: options.date }),
    ...(options.id === undefined ? {} : { runId: options.id }),
    ...(priority === null ? {} : { priority }),
  };
  const reply = await client.call(contract.startRun, { params: { dagId }, query: {}, body });
  if (!reply.ok) return reply;
  const { runId, index } = reply.value.value;
  const waits = options.wait === true || options.follow === true;
  if (!waits) return answer(session, reply.value, () => terminal.out(`${runId}\n`));
  if (!json && options.follow === true) terminal.err(`run ${runId}\n`);
  const isLoud = options.follow === true;
  return waitForEnd(session, { runId, minIndex: index, isLoud, timeout: options.timeout });
}

interface Wait {
  readonly runId: string;
  readonly minIndex: number | null;
  /** Show each change. */
  readonly isLoud: boolean;
  readonly timeout: string | undefined;
}

async function waitForEnd(session: Session, wait: Wait): Promise<Outcome> {
  const { client, terminal, json } = session;
  const deadline = deadlineOf(session, wait.timeout);
  if (!deadline.ok) return deadline;
  const lines = new RunLines(terminal);
  const ended = await followRun({
    client,
    runId: wait.runId,
    minIndex: wait.minIndex,
    deadline: deadline.value,
    onChange: (change) => {
      if (!wait.isLoud) return;
      terminal.out(json ? `${jsonText(change)}\n` : lines.line(change));
    },
  });
  if (!ended.ok) return ended;
  const exitCode = ended.value === 'success' ? exitCodes.ok : exitCodes.failure;
  if (json) {
    if (!wait.isLoud) {
      const { runId } = wait;
      const run = await client.call(contract.getRun, { params: { runId }, query: {} });
      if (!run.ok) return run;
      printJson(session, run.value.raw);
    }
    return ok(exitCode);
  }
  terminal.out(`${wait.runId}  ${stateText(terminal, ended.value)}\n`);
  return ok(exitCode);
}

/** Aborts when the time is over, or on Ctrl-C. */
function deadlineOf(
  { terminal }: Session,
  timeout: string | undefined,
): Result<AbortSignal, Failure> {
  if (timeout === undefined) return ok(terminal.interrupt);
  const ms = parseDuration(timeout);
  if (!ms.ok) return usage(ms.error, 'Write --timeout 10m.');
  return ok(AbortSignal.any([terminal.interrupt, AbortSignal.timeout(ms.value)]));
}

interface ListOptions {
  readonly dag?: string;
  readonly state?: string;
  readonly since?: string;
  readonly limit: string;
}

async function list(session: Session, options: ListOptions): Promise<Outcome> {
  const { terminal } = session;
  const since = options.since === undefined ? ok(undefined) : sinceText(options.since);
  if (!since.ok) return since;
  const { dag, state, limit } = options;
  const query = { limit, dag, state, since: since.value };
  return ask(session, contract.listRuns, { params: {}, query }, ({ items, cursor }) => {
    const rows = items.map((run) => [
      run.runId,
      run.dagId,
      stateText(terminal, run.state),
      run.trigger,
      agoText(run.createdAt),
      lastedText(run, run.endedAt === null),
    ]);
    const headings = ['run', 'dag', 'state', 'trigger', 'created', 'took'];
    terminal.out(table(terminal, headings, rows, 'No runs: start one with `skein run DAG`.'));
    if (cursor !== null) terminal.err(`more: raise --limit ${limit}\n`);
  });
}

/** `2h` -> the instant two hours ago; a date as it is. */
function sinceText(text: string): Result<string, Failure> {
  const ms = parseDuration(text);
  if (ms.ok) return ok(new Date(Date.now() - ms.value).toISOString());
  const at = parseInstant(text);
  return at.ok ? ok(new Date(at.value).toISOString()) : usage(at.error, 'Or a duration: 2h.');
}

interface ShowOptions {
  readonly all?: boolean;
}

async function show(
  session: Session,
  { all = false }: ShowOptions,
  [runId = '']: readonly string[],
): Promise<Outcome> {
  const { client, terminal, json } = session;
  const params = { runId };
  const reply = await client.call(contract.getRun, { params, query: {} });
  if (!reply.ok) return reply;
  const run = reply.value.value;
  if (json || !all) {
    return answer(session, reply.value, () => terminal.out(showRun(terminal, run)));
  }
  // The detail of a run leaves out instances when a map has very many.
  const tasks = await everyItem((at) =>
    client.call(contract.listTasks, { params, query: { limit: '1000', ...at } }),
  );
  if (!tasks.ok) return tasks;
  terminal.out(showRun(terminal, { ...run, tasks: tasks.value }, true));
  return done;
}

async function watch(
  session: Session,
  options: WaitOptions,
  [runId = '']: readonly string[],
): Promise<Outcome> {
  const wait = { runId, minIndex: null, isLoud: true, timeout: options.timeout };
  return waitForEnd(session, wait);
}

const cancel = (session: Session, _: object, [runId = '']: readonly string[]): Promise<Outcome> =>
  ask(session, contract.cancelRun, { params: { runId }, query: {} }, () =>
    session.terminal.out(`${runId}  cancelling\n`),
  );

interface RerunOptions {
  readonly task: readonly string[];
  readonly from: readonly string[];
  readonly downstream?: boolean;
  readonly failedOnly?: boolean;
}

function rerun(
  session: Session,
  options: RerunOptions,
  [runId = '']: readonly string[],
): Promise<Outcome> {
  const wanted = [...options.task, ...options.from];
  const body = {
    tasks: wanted.length === 0 ? null : wanted,
    downstream: options.downstream === true || options.from.length > 0,
    failedOnly: options.failedOnly === true,
  };
  return ask(session, contract.rerun, { params: { runId }, query: {}, body }, ({ tasks }) =>
    session.terminal.out(`${runId}  running again: ${tasks.join(', ')}\n`),
  );
}

function events(session: Session, _: object, [runId = '']: readonly string[]): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) =>
    client.call(contract.listRunEvents, { params: { runId }, query: { limit: '1000', ...at } });
  return askAll(session, call, (found) => {
    const rows = found.map((event) => [
      String(event.index),
      clockText(event.at),
      event.taskId === null
        ? terminal.paint('bold', 'run')
        : instanceName({ taskId: event.taskId, mapIndex: event.mapIndex }),
      stateText(terminal, event.state),
      event.node ?? '',
      event.what,
      event.by,
      event.reason === null ? '' : tame(event.reason, 80),
    ]);
    const headings = ['index', 'time', 'task', 'state', 'node', 'what', 'by', 'why'];
    terminal.out(table(terminal, headings, rows, 'No events.'));
  });
}
