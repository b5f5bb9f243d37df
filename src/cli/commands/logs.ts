/**
 * `skein logs RUN[/TASK]`: what tasks wrote, of one task or of all of a run, now or as it comes.
 */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { ok, type Result } from '../../base/result.ts';
import { action, done, type Outcome, type Session, type Stage, usage } from '../command.ts';
import { exitCodes, type Failure } from '../exit-codes.ts';
import { followRun } from '../follow-run.ts';

interface LogOptions {
  readonly follow?: boolean;
  readonly attempt: string;
  readonly stream?: string;
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
    .action(action<LogOptions>(stage, logs));
}

async function logs(
  session: Session,
  options: LogOptions,
  [target = '']: readonly string[],
): Promise<Outcome> {
  const streams = streamsOf(options.stream);
  if (!streams.ok) return streams;
  const [runId = '', taskId] = target.split('/');
  const follow = options.follow === true;
  const job = { session, runId, follow, streams: streams.value };
  if (taskId !== undefined) {
    return printTask({ ...job, taskId, attempt: options.attempt, prefix: '' });
  }
  const reply = await session.client.call(contract.getRun, { params: { runId }, query: {} });
  if (!reply.ok) return reply;
  const run = reply.value.value;
  if (follow && run.endedAt === null) return followAll(job, run.tasks);
  for (const task of run.tasks) {
    // A task that does nothing writes nothing.
    if (task.attempts.length === 0 || task.type === 'noop') continue;
    const prefix = `${session.terminal.paint('cyan', task.taskId)} | `;
    const shown = await printTask({ ...job, taskId: task.taskId, attempt: 'latest', prefix });
    // One lost log does not hide the others.
    if (!shown.ok && shown.error.code !== 'LOG_NOT_FOUND') return shown;
    if (!shown.ok) session.terminal.err(`${task.taskId}: ${shown.error.detail}\n`);
  }
  return done;
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
  tasks: readonly { readonly taskId: string; readonly attempts: readonly { attempt: number }[] }[],
): Promise<Outcome> {
  const { session, runId } = job;
  const printing = new Map<string, Promise<Outcome>>();
  const follow = (taskId: string, attempt: number): void => {
    const key = `${taskId}/${attempt}`;
    if (printing.has(key)) return;
    const prefix = `${session.terminal.paint('cyan', taskId)} | `;
    printing.set(key, printTask({ ...job, taskId, attempt: String(attempt), prefix }));
  };
  for (const { taskId, attempts } of tasks) {
    for (const { attempt } of attempts.slice(-1)) follow(taskId, attempt);
  }
  const ended = await followRun({
    client: session.client,
    runId,
    minIndex: null,
    deadline: session.terminal.interrupt,
    onChange: ({ taskId, attempt }) => {
      if (taskId !== null && attempt !== null) follow(taskId, attempt);
    },
  });
  await Promise.all(printing.values());
  if (!ended.ok) return ended;
  return ok(ended.value === 'success' ? exitCodes.ok : exitCodes.failure);
}

interface TaskJob extends Job {
  readonly taskId: string;
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
  const query = { stream, ...(job.follow ? { follow: 'true' as const } : {}) };
  const { runId, taskId, attempt } = job;
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
      for (const line of lines) write(`${job.prefix}${line}\n`);
    }
  } catch (error) {
    if (!terminal.interrupt.aborted) return { ok: false, error: brokeOff(error) };
  }
  if (rest !== '') write(`${job.prefix}${rest}\n`);
  return done;
}

const brokeOff = (error: unknown): Failure => ({
  exitCode: exitCodes.unavailable,
  code: 'UNREACHABLE',
  detail: `the log broke off: ${error instanceof Error ? error.message : String(error)}`,
  next: 'Repeat the command; it begins from the start of the log.',
});
