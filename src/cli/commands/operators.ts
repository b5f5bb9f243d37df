/** `skein mark`, `pause`, `resume`, `edit`, `compensate`, `approvals`, `approve`, `reject`. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Json } from '../../model/json.ts';
import { everyItem, type Place } from '../client.ts';
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
import { exitCodes, type Failure } from '../exit-codes.ts';
import { agoText, table, tame } from '../format.ts';
import { checkSource, dagSources, findingLines } from './dag-files.ts';
import { paramsOf } from './params.ts';

export function operatorCommands(program: Command, stage: Stage): void {
  program
    .command('mark')
    .description('end tasks of a run by hand; a run that has ended goes on behind them')
    .argument('<run>', 'the id of the run')
    .requiredOption('-t, --task <task...>', 'the tasks')
    .requiredOption('--as <state>', 'success, failed or skipped')
    .option('--index <number>', 'only this instance of a mapped task')
    .option('--note <text>', 'why; it is kept with the run')
    .option('--force', 'stop first what is under way')
    .action(action<MarkOptions>(stage, mark));
  for (const [verb, text] of [
    ['pause', 'nothing of the run begins any more; what is under way goes on'],
    ['resume', 'let a paused run go on'],
  ] as const) {
    program
      .command(verb)
      .description(text)
      .argument('<run>', 'the id of the run')
      .action(action(stage, (session, _, [runId = '']) => setPaused(session, runId, verb)));
  }
  program
    .command('edit')
    .description('give a living run other params, or another definition for what has not started')
    .argument('<run>', 'the id of the run')
    .option('-p, --param <key=value>', 'a param; may be repeated', collect, [])
    .option('-f, --file <path>', 'a DAG file, or - for standard input')
    .option('--note <text>', 'why; it is kept with the run')
    .action(action<EditOptions>(stage, edit));
  program
    .command('compensate')
    .description('undo what succeeded in a run that has ended')
    .argument('<run>', 'the id of the run')
    .action(action(stage, compensate));
  approvalCommands(program, stage);
}

function approvalCommands(program: Command, stage: Stage): void {
  program
    .command('approvals')
    .description('what waits for a person, the oldest first')
    .action(action(stage, listApprovals));
  for (const [verb, text] of [
    ['approve', 'say yes to a task that waits for a person'],
    ['reject', 'say no to a task that waits for a person'],
  ] as const) {
    program
      .command(verb)
      .description(text)
      .argument('<run>', 'the id of the run')
      .argument('<task>', 'the task')
      .option('-v, --value <key=value>', 'a field of the form; may be repeated', collect, [])
      .option('--index <number>', 'the instance of a mapped task')
      .option('--note <text>', 'why')
      .action(
        action<DecideOptions>(stage, (session, options, [runId = '', taskId = '']) =>
          decide(session, { verb, runId, taskId, options }),
        ),
      );
  }
}

interface MarkOptions {
  readonly task: readonly string[];
  readonly as: string;
  readonly index?: string;
  readonly note?: string;
  readonly force?: boolean;
}

async function mark(
  session: Session,
  options: MarkOptions,
  [runId = '']: readonly string[],
): Promise<Outcome> {
  const as = (['success', 'failed', 'skipped'] as const).find((state) => state === options.as);
  if (as === undefined) {
    return usage(`"${options.as}" is no way to end`, 'Use --as success, failed or skipped.');
  }
  const mapIndex = indexOf(options.index);
  if (!mapIndex.ok) return mapIndex;
  const body = {
    ...{ tasks: [...options.task], as, mapIndex: mapIndex.value },
    ...{ note: options.note ?? '', force: options.force === true },
  };
  return ask(session, contract.markTasks, { params: { runId }, query: {}, body }, ({ tasks }) =>
    session.terminal.out(`${runId}  marked as ${as}: ${tasks.join(', ')}\n`),
  );
}

function indexOf(text: string | undefined): Result<number | null, Failure> {
  if (text === undefined) return ok(null);
  const index = Number(text);
  if (Number.isInteger(index) && index >= 0) return ok(index);
  return usage(`"${text}" is not the number of an instance`, 'Write --index 3; the first is 0.');
}

function setPaused(session: Session, runId: string, verb: 'pause' | 'resume'): Promise<Outcome> {
  const endpoint = verb === 'pause' ? contract.pauseRun : contract.resumeRun;
  return ask(session, endpoint, { params: { runId }, query: {} }, () =>
    session.terminal.out(`${runId}  ${verb === 'pause' ? 'paused' : 'goes on'}\n`),
  );
}

interface EditOptions {
  readonly param: readonly string[];
  readonly file?: string;
  readonly note?: string;
}

async function edit(
  session: Session,
  options: EditOptions,
  [runId = '']: readonly string[],
): Promise<Outcome> {
  if (options.param.length === 0 && options.file === undefined) {
    return usage('nothing to edit is named', 'Write -p key=value, or -f FILE.');
  }
  const definition =
    options.file === undefined ? ok(null) : await definitionIn(session, options.file);
  if (!definition.ok) return definition;
  const params = await editedParams(session, runId, options.param);
  if (!params.ok) return params;
  const { note } = options;
  const body = {
    ...{ params: params.value, definition: definition.value },
    ...(note === undefined ? {} : { note }),
  };
  return ask(session, contract.editRun, { params: { runId }, query: {}, body }, () =>
    session.terminal.out(`${runId}  edited\n`),
  );
}

/** All params of the run, with those that are given in place of what it has. */
async function editedParams(
  { client }: Session,
  runId: string,
  pairs: readonly string[],
): Promise<Result<Record<string, Json> | null, Failure>> {
  if (pairs.length === 0) return ok(null);
  const run = await client.call(contract.getRun, { params: { runId }, query: {} });
  if (!run.ok) return run;
  const { dagId, versionId: version, params: before } = run.value.value;
  const dag = await client.call(contract.getDag, { params: { dagId }, query: { version } });
  if (!dag.ok) return dag;
  const given = paramsOf(pairs, dag.value.value.spec.params);
  return given.ok ? ok({ ...before, ...given.value }) : given;
}

/** The one DAG file at a path, checked, as plain data. */
export async function definitionIn(
  session: Session,
  path: string,
): Promise<Result<Record<string, unknown>, Failure>> {
  const sources = await dagSources(session.terminal, [path]);
  if (!sources.ok) return sources;
  const [source, other] = sources.value;
  if (source === undefined || other !== undefined) {
    return usage(`${path} is not one DAG file`, 'Name one file.');
  }
  const checked = checkSource(source, session.namespace);
  if (checked.ok) return ok({ ...asRecord(checked.value.file) });
  session.terminal.err(findingLines(source.name, checked.error));
  return fail({
    exitCode: exitCodes.failure,
    code: 'DAG_INVALID',
    detail: 'the DAG file is not valid',
    next: 'Correct what is listed above; `skein lint` checks again without a cluster.',
  });
}

const asRecord = (value: unknown): object =>
  typeof value === 'object' && value !== null ? value : {};

function compensate(
  session: Session,
  _: object,
  [runId = '']: readonly string[],
): Promise<Outcome> {
  return ask(session, contract.compensateRun, { params: { runId }, query: {} }, ({ tasks }) =>
    session.terminal.out(`${runId}  undoing: ${tasks.join(', ')}\n`),
  );
}

function listApprovals(session: Session): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) => client.call(contract.listApprovals, { params: {}, query: at });
  return askAll(session, call, (items) => {
    const rows = items.map((open) => [
      open.runId,
      open.mapIndex === 0 ? open.taskId : `${open.taskId}[${open.mapIndex}]`,
      agoText(open.since),
      open.until === null ? '-' : agoText(open.until),
      Object.keys(open.fields).join(', ') || '-',
      tame(open.message, 80),
    ]);
    const headings = ['run', 'task', 'waits since', 'until', 'fields', 'message'];
    terminal.out(table(terminal, headings, rows, 'Nothing waits for a person.'));
  });
}

interface DecideOptions {
  readonly value: readonly string[];
  readonly index?: string;
  readonly note?: string;
}

async function decide(
  session: Session,
  asked: {
    readonly verb: 'approve' | 'reject';
    readonly runId: string;
    readonly taskId: string;
    readonly options: DecideOptions;
  },
): Promise<Outcome> {
  const { client } = session;
  const { verb, runId, taskId, options } = asked;
  const mapIndex = indexOf(options.index);
  if (!mapIndex.ok) return mapIndex;
  const open = await everyItem((at) =>
    client.call(contract.listApprovals, { params: {}, query: at }),
  );
  if (!open.ok) return open;
  // The form says of which type each field is; whether there is one, the cluster says.
  const form = open.value.find((each) => each.runId === runId && each.taskId === taskId);
  const values = paramsOf(options.value, form?.fields ?? {});
  if (!values.ok) return values;
  const body = {
    ...{ values: values.value, note: options.note ?? '' },
    ...(mapIndex.value === null ? {} : { mapIndex: mapIndex.value }),
  };
  const endpoint = verb === 'approve' ? contract.approve : contract.reject;
  const said = verb === 'approve' ? 'approved' : 'rejected';
  return ask(session, endpoint, { params: { runId, taskId }, query: {}, body }, () =>
    session.terminal.out(`${taskId} of ${runId}  ${said}\n`),
  );
}
