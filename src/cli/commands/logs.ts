/**
 * `skein logs RUN[/TASK]`: what tasks wrote, of one task or of all of a run, now or as it comes.
 * With `--grep` the lines of all attempts that have a text in them.
 */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { ok, type Result } from '../../base/result.ts';
import { action, done, type Outcome, type Session, type Stage, usage } from '../command.ts';
import { exitCodes, type Failure } from '../exit-codes.ts';
import { followRun } from '../follow-run.ts';
import { tame } from '../format.ts';
import { grepLogs } from '../grep-logs.ts';
import { type InstanceNamed, instanceName, parseInstanceName } from '../instance-name.ts';

interface LogOptions {
  readonly follow?: boolean;
  readonly attempt: string;
  readonly stream?: string;
  readonly grep?: string;
  readonly regex?: boolean;
  readonly ignoreCase?: boolean;
  readonly context?: string;
}

type Stream = 'stdout' | 'stderr';

export function logCommands(program: Command, stage: Stage): void {
  program
    .command('logs')
    .description('show what a task has written, or all tasks of a run')
    .argument('<run[/task]>', 'the id of a run, or of a run and a task')
    .option('-f, --follow', 'go on until the task (or the run) has ended')
    .option('--attempt <number>', 'of this attempt', 'latest')
    .option('--stream <stream>', 'only stdout, or only stderr')
    .option('--grep <text>', 'only lines with this text, of all attempts')
    .option('--regex', 'the text of --grep is a regular expression (RE2)')
    .option('--ignore-case', 'with --grep: upper and lower case are the same')
    .option('--context <lines>', 'with --grep: lines before and after each')
    .action(action<LogOptions>(stage, logs));
}

async function logs(
  session: Session,
  options: LogOptions,
  [target = '']: readonly string[],
): Promise<Outcome> {
  const streams = streamsOf(options.stream);
  if (!streams.ok) return streams;
  const [runId = '', name, ...more] = target.split('/');
  const flaw = more.length > 0 ? wrongTarget(target) : misplaced(options, name);
  if (flaw !== undefined) return flaw;
  if (options.grep !== undefined) {
    const task = name === undefined ? undefined : parseInstanceName(name);
    return grepLogs(session, { runId, task, options: { ...options, grep: options.grep } });
  }
  const follow = options.follow === true;
  const job = { session, runId, follow, streams: streams.value };
  if (name !== undefined) {
    const instance = parseInstanceName(name);
    return printTask({ ...job, ...instance, attempt: options.attempt, prefix: '' });
  }
  const reply = await session.client.call(contract.getRun, { params: { runId }, query: {} });
  if (!reply.ok) return reply;
  const run = reply.value.value;
  if (follow && run.endedAt === null) return followAll(job, run.tasks);
  for (const task of run.tasks) {
    // A task that does nothing writes nothing.
    if (task.attempts.length === 0 || task.type === 'noop') continue;
    const named = instanceName(task);
    const { taskId, mapIndex } = task;
    const prefix = `${session.terminal.paint('cyan', named)} | `;
    const shown = await printTask({ ...job, taskId, mapIndex, attempt: 'latest', prefix });
    // One lost log does not hide the others.
    if (!shown.ok && shown.error.code !== 'LOG_NOT_FOUND') return shown;
    if (!shown.ok) session.terminal.err(`${named}: ${shown.error.detail}\n`);
  }
  return done;
}

const wrongTarget = (target: string) =>
  usage(`"${tame(target)}" names no task`, 'Write RUN or RUN/TASK, as in r1/train.');

/** What would change nothing is better refused than passed over. */
function misplaced(options: LogOptions, name: string | undefined) {
  const { grep, regex, ignoreCase, context, attempt } = options;
  if (grep === undefined && (regex || ignoreCase || context !== undefined)) {
    return usage('--regex, --ignore-case and --context go with --grep', 'Write --grep TEXT.');
  }
  if (attempt === 'latest') return undefined;
  if (grep !== undefined) return usage('--grep looks at all attempts', 'Leave --attempt out.');
  if (name !== undefined) return undefined;
  return usage('--attempt is one of a task', 'Write RUN/TASK, or leave --attempt out.');
}

function streamsOf(text: string | undefined): Result<readonly Stream[], Failure> {
  if (text === undefined) return ok(['stdout', 'stderr']);
  if (text === 'stdout' || text === 'stderr') return ok([text]);
  return usage(`"${text}" is not a stream`, 'Write --stream stdout or --stream stderr.');
}

interface Job {
  readonly session: Session;
  readonly runId: string;
  readonly follow: boolean;
  readonly streams: readonly Stream[];
}

/** Follows every attempt of the run from when it starts. */
async function followAll(
  job: Job,
  tasks: readonly (InstanceNamed & { readonly attempts: readonly { attempt: number }[] })[],
): Promise<Outcome> {
  const { session, runId } = job;
  const printing = new Map<string, Promise<Outcome>>();
  const follow = (instance: InstanceNamed, attempt: number): void => {
    const { taskId, mapIndex } = instance;
    const named = instanceName(instance);
    const key = `${named}/${attempt}`;
    if (printing.has(key)) return;
    const prefix = `${session.terminal.paint('cyan', named)} | `;
    const which = { taskId, mapIndex: mapIndex ?? 0, attempt: String(attempt) };
    printing.set(key, printTask({ ...job, ...which, prefix }));
  };
  for (const task of tasks) {
    for (const { attempt } of task.attempts.slice(-1)) follow(task, attempt);
  }
  const ended = await followRun({
    client: session.client,
    runId,
    minIndex: null,
    deadline: session.terminal.interrupt,
    onChange: ({ taskId, mapIndex, map, attempt }) => {
      if (taskId !== null && attempt !== null) follow({ taskId, mapIndex, map }, attempt);
    },
  });
  await Promise.all(printing.values());
  if (!ended.ok) return ended;
  return ok(ended.value === 'success' ? exitCodes.ok : exitCodes.failure);
}

interface TaskJob extends Job {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly attempt: string;
  readonly prefix: string;
}

/** Both streams of one attempt: its stdout to ours, its stderr to ours. */
async function printTask(job: TaskJob): Promise<Outcome> {
  const outcomes = job.follow
    ? await Promise.all(job.streams.map((stream) => printStream(job, stream)))
    : await inTurn(job.streams, (stream) => printStream(job, stream));
  return outcomes.find((outcome) => !outcome.ok) ?? done;
}

async function inTurn<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}

async function printStream(job: TaskJob, stream: Stream): Promise<Outcome> {
  const { terminal, client } = job.session;
  const { runId, taskId, mapIndex, attempt } = job;
  const query = {
    stream,
    ...(job.follow ? { follow: 'true' as const } : {}),
    ...(mapIndex === 0 ? {} : { mapIndex: String(mapIndex) }),
  };
  const opened = await client.open(
    contract.getLog,
    { params: { runId, taskId, attempt }, query },
    null,
  );
  if (!opened.ok) return opened;
  if (opened.value.body === null) return done;
  const write = (text: string): void =>
    stream === 'stdout' ? terminal.out(text) : terminal.err(text);
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of opened.value.body) {
      const text = decoder.decode(chunk, { stream: true });
      if (job.prefix === '') {
        write(text);
        continue;
      }
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > lineCharactersMax) {
        lines.push(rest);
        rest = '';
      }
      for (const line of lines) write(`${job.prefix}${line}\n`);
    }
  } catch (error) {
    if (!terminal.interrupt.aborted) return { ok: false, error: brokeOff(error) };
  }
  if (rest !== '') write(`${job.prefix}${rest}\n`);
  return done;
}

/** A longer line is shown in pieces: a program that writes no line ends fills no memory. */
const lineCharactersMax = 64 * 1024;

const brokeOff = (error: unknown): Failure => ({
  exitCode: exitCodes.unavailable,
  code: 'UNREACHABLE',
  detail: `the log broke off: ${error instanceof Error ? error.message : String(error)}`,
  next: 'Repeat the command; it begins from the start of the log.',
});
