/** The whole executor with the real processes, files and clock; the test is its leader. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Sender, Wire } from '../actors/wire.ts';
import { incarnation, nodeId, term, token } from '../base/brand.ts';
import { SeededRandom } from '../base/random.ts';
import {
  type AttemptReport,
  type Dispatch,
  type ExecutorToScheduler,
  inboxes,
  type LogAnswer,
} from '../model/protocol.ts';
import { realClock as clock } from '../node/real-ports.ts';
import { processMarks } from './attempt-key.ts';
import { inheritable } from './context.ts';
import { startExecutor } from './main.ts';
import { nodeFiles } from './node-files.ts';
import { createProcesses } from './processes/create-processes.ts';
import { realRunners } from './real-runners.ts';
import { dispatchOf } from './testing/executor-story.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'skein-executor-'));
const real = createProcesses({ helpers: 2 });
const life = incarnation('life-1');
const leader: Sender = { node: nodeId('n2'), side: 'peer', incarnation: incarnation('peer-1') };
const listeners = new Map<string, (message: unknown, from: Sender) => void>();
const reports = new Map<number, AttemptReport>();
const logAnswers: LogAnswer[] = [];
const errors: string[] = [];
let seq = 0;

/** Answers each heartbeat and acks each report, as a leader would. */
function lead(message: ExecutorToScheduler): void {
  const common = { term: term(1), incarnation: life };
  if (message.kind === 'heartbeat') {
    seq = message.seq;
    tell({ kind: 'heartbeat-answer', ...common, seq, leaseMs: 10_000 });
  }
  if (message.kind === 'ended') {
    for (const report of message.reports) reports.set(report.id.token, report);
    tell({ kind: 'ack', ...common, tokens: message.reports.map(({ id }) => id.token) });
  }
}

const tell = (message: unknown, inbox: string = inboxes.executor): void => {
  setImmediate(() => listeners.get(inbox)?.(message, leader));
};

const wire: Wire = {
  self: { node: nodeId('n1'), side: 'executor', incarnation: life },
  send: (_to, inbox, _lane, message) => {
    if (inbox === inboxes.scheduler) lead(message as ExecutorToScheduler);
    else logAnswers.push(message as LogAnswer);
  },
  listen: (inbox, receive) => {
    listeners.set(inbox, receive);
    return { cancel: () => listeners.delete(inbox) };
  },
};

const executor = startExecutor({
  clock,
  random: new SeededRandom(1),
  wire,
  capacity: { slots: 8 },
  labels: {},
  address: 'http://127.0.0.1:8080',
  dataDir,
  files: nodeFiles,
  runners: realRunners({
    clock,
    processes: real.processes,
    files: nodeFiles,
    dataDir,
    inherited: inheritable(process.env),
    nextMark: processMarks(incarnation(`executor-test-${process.pid}`)),
  }),
  trace: (level, name) => {
    if (level === 'error') errors.push(name);
  },
  settings: { heartbeatMs: 200, graceMs: 200 },
  onFailure: (error) => errors.push(String(error)),
});

afterAll(async () => {
  await new Promise<void>((done) => real.close(done));
  rmSync(dataDir, { recursive: true });
});

let tokens = 0;

/** Dispatches a shell command, once there is a lease. */
async function run(command: string, more: Partial<Dispatch> = {}): Promise<Dispatch> {
  await expect.poll(() => executor.status()?.leased).toBe(true);
  tokens += 1;
  const dispatch = dispatchOf(`task${tokens}`, tokens, {
    action: { kind: 'shell', command },
    ...more,
  });
  const common = { term: term(1), incarnation: life, leaseSeq: seq };
  tell({ kind: 'dispatch', ...common, dispatches: [dispatch] });
  return dispatch;
}

async function reportOf({ id }: Dispatch): Promise<AttemptReport> {
  await expect.poll(() => reports.get(id.token), { timeout: 10_000 }).toBeDefined();
  return reports.get(id.token)!;
}

/** Whether a process with this in its command line is alive. */
const isAlive = (mark: string): boolean =>
  readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });

test('executor: a task runs, and its report and its log arrive whole', async () => {
  const dispatch = await run('seq 1 500; echo "{\\"rows\\":500}" > "$SKEIN_OUTPUT"');
  expect(await reportOf(dispatch)).toMatchObject({
    outcome: 'success',
    exitCode: 0,
    output: '{"rows":500}',
    error: null,
  });
  const { token: _token, ...id } = dispatch.id;
  const request = { requestId: 'r1', id, attempt: 1, stream: 'stdout', offset: 0, waitMs: 0 };
  tell({ kind: 'log-request', maxBytes: 100_000, ...request }, inboxes.logs);
  await expect.poll(() => logAnswers.length).toBe(1);
  const lines = Array.from({ length: 500 }, (_, at) => `${at + 1}\n`).join('');
  expect(Buffer.from(logAnswers[0]!.bytes).toString()).toBe(lines);
  expect(logAnswers[0]).toMatchObject({ requestId: 'r1', status: 'data', end: true });
});

test('executor: a time-out ends the whole process group, also what ignores TERM', async () => {
  const mark = `600.${process.pid}1`;
  const command = `trap '' TERM; sleep ${mark} & echo so far >&2; while :; do sleep ${mark}; done`;
  const dispatch = await run(command, { timeoutMs: 300 });
  await expect.poll(() => isAlive(mark)).toBe(true);
  const report = await reportOf(dispatch);
  expect(report).toMatchObject({
    outcome: 'timed_out',
    signal: 9,
    error: 'timed out after 300ms\nso far',
  });
  expect(isAlive(mark)).toBe(false);
  expect(report.endedAt - (report.startedAt ?? 0)).toBeGreaterThanOrEqual(500);
});

test('executor: stopping it leaves no process behind', async () => {
  const mark = `600.${process.pid}2`;
  const dispatch = await run(`sleep ${mark}`);
  await expect.poll(() => isAlive(mark)).toBe(true);
  await new Promise<void>((done) => executor.stop(done));
  expect(isAlive(mark)).toBe(false);
  expect(reports.get(token(dispatch.id.token))).toMatchObject({ outcome: 'cancelled' });
  expect(errors).toEqual([]);
});
