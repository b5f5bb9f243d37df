/**
 * What tasks do to a node that runs them, through the runner that a node has: whatever it was, when
 * the attempt has ended nothing of it is alive, the report says what it was, and others go on.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { incarnation } from '../../src/base/brand.ts';
import { silentTrace } from '../../src/base/trace.ts';
import { processMarks } from '../../src/executor/attempt-key.ts';
import { inheritable } from '../../src/executor/context.ts';
import { nodeFiles } from '../../src/executor/node-files.ts';
import { NodeWorkDirs } from '../../src/executor/node-work-dirs.ts';
import type { ProcessTools } from '../../src/executor/process-job.ts';
import type { ContainmentMode } from '../../src/executor/processes/containment.ts';
import { createProcesses } from '../../src/executor/processes/create-processes.ts';
import { findTaskUser } from '../../src/executor/processes/task-user.ts';
import type { RunningJob, RunResult } from '../../src/executor/runner.ts';
import { shellRunner } from '../../src/executor/runners/shell.ts';
import { defaultTaskSettings, type TaskSettings } from '../../src/executor/task-limits.ts';
import { dispatchOf } from '../../src/executor/testing/executor-story.ts';
import type { Dispatch } from '../../src/model/protocol.ts';
import { realClock } from '../../src/node/real-ports.ts';
import { allowedModes, marked, until } from '../support/tasks/real-bench.ts';

const mib = 1024 * 1024;
/** What one attempt may have here: a bomb that goes off stays small. */
const processesMax = 48;

interface Task {
  readonly job: RunningJob;
  readonly started: Promise<void>;
  readonly result: Promise<RunResult>;
  readonly directory: string;
}

let lives = 0;

class Node {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'skein-faults-'));
  readonly life = `faults-${process.pid}-${++lives}`;
  readonly real;
  readonly #tools: ProcessTools;
  #tokens = 0;

  constructor(mode: ContainmentMode, settings: Partial<TaskSettings> = {}) {
    this.real = createProcesses({ helpers: 2, containment: mode, owner: this.life });
    const clock = realClock;
    this.#tools = {
      clock,
      processes: this.real.processes,
      files: nodeFiles,
      dataDir: this.dataDir,
      inherited: inheritable(process.env),
      nextMark: processMarks(incarnation(this.life)),
      settings: { ...defaultTaskSettings, processesMax, ...settings },
      // Ten times faster, so that nobody waits for the second look.
      workDirs: new NodeWorkDirs({
        clock: { ...clock, after: (delayMs, run) => clock.after(delayMs / 10, run) },
        trace: silentTrace,
        files: nodeFiles,
      }),
    };
  }

  get limited(): boolean {
    return this.real.controllers.includes('pids') && this.real.controllers.includes('memory');
  }

  shell(command: string, more: Partial<Dispatch> = {}): Task {
    const token = ++this.#tokens;
    let begin: () => void = () => {};
    let end: (result: RunResult) => void = () => {};
    const started = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const result = new Promise<RunResult>((resolve) => {
      end = resolve;
    });
    const dispatch = dispatchOf('task', token, { action: { kind: 'shell', command }, ...more });
    const job = shellRunner(this.#tools).start(dispatch, (event) => {
      if (event.kind === 'started') begin();
      else end(event.result);
    });
    const directory = `${this.dataDir}/attempts/default/run-1/task/0/1-${token}`;
    return { job, started, result, directory };
  }

  /** Every process of every attempt of this node. */
  alive(): readonly number[] {
    return marked(`${this.life}.`);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.real.close(resolve));
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** How a task goes wrong; `ready` is a file that it makes when it has. */
const faults: readonly (readonly [string, string])[] = [
  ['a plain child', 'sleep 1000 & touch ready; wait'],
  ['a double fork', '(setsid sleep 1000 &) ; (sleep 1000 &) ; touch ready; sleep 1000'],
  [
    'a daemon in a session of its own',
    'setsid sh -c "sleep 1000 & sleep 1000" & touch ready; wait',
  ],
  ['one that ignores TERM', 'trap "" TERM HUP INT; touch ready; while :; do sleep 1000; done'],
  ['a child that holds its output', 'sleep 1000 >&1 2>&2 & trap "" TERM; touch ready; sleep 1000'],
  ['a stopped process', 'sleep 1000 & kill -STOP $!; touch ready; wait'],
];

describe.each(allowedModes)('faults of tasks (%s)', (mode) => {
  const node = new Node(mode, { removeWork: 'never' });
  afterAll(() => node.close());

  it.each(faults)('%s: a cancel leaves nothing, and the neighbour goes on', async (_name, line) => {
    const neighbour = node.shell('until [ -e ../../go ]; do sleep 0.02; done; echo done');
    const task = node.shell(line);
    await until(() => existsSync(join(task.directory, 'work', 'ready')));
    task.job.stop('TERM');
    task.job.stop('KILL');
    expect(await task.result).toMatchObject({ outcome: 'failed' });
    await until(() => existsSync(join(neighbour.directory, 'work')));
    // Only what the neighbour has started is alive: its shell, and perhaps its sleep.
    expect(node.alive().length).toBeLessThanOrEqual(2);
    const { outcome } = await node.shell('touch ../../go').result;
    expect(outcome).toBe('success');
    expect(await neighbour.result).toMatchObject({ outcome: 'success' });
    rmSync(join(neighbour.directory, '..', 'go'));
    expect(node.alive()).toEqual([]);
  });

  it('a fork bomb meets its limit, is told so, and is gone after its end', async (context) => {
    if (!node.limited) return context.skip();
    const probe = await node.shell('for i in $(seq 60); do sleep 30 & done; wait').result;
    // Sixty processes were too many: only now is it safe to light one that has no end.
    expect(probe.error).toContain(`it was refused more than ${processesMax} processes`);
    expect(node.alive()).toEqual([]);
    const bomb = node.shell('b() { b | b & }; b; touch ready; sleep 1000');
    const neighbour = node.shell('echo fine');
    await bomb.started;
    expect(await neighbour.result).toMatchObject({ outcome: 'success' });
    bomb.job.stop('KILL');
    await bomb.result;
    expect(node.alive()).toEqual([]);
    expect(await node.shell('exit 0').result).toMatchObject({ outcome: 'success' });
  });

  it('too much memory is out_of_memory, with limit and peak', async (context) => {
    if (!node.limited) return context.skip();
    const limits = { memory: 64 * mib };
    const line = 'echo before >&2; exec python3 -c "x = bytearray(1 << 30)"';
    const result = await node.shell(line, { limits }).result;
    expect(result).toMatchObject({ outcome: 'failed', errorClass: 'out_of_memory', signal: 9 });
    expect(result.error).toMatch(
      /^ran out of memory: the limit is 64Mi, it held (6\d.\dMi|64Mi) at most$/,
    );
    expect(Buffer.from(result.stderrTail).toString()).toBe('before\n');
    expect(result.usage?.memoryBytesMax).toBeLessThanOrEqual(64 * mib);
    expect(await node.shell('exit 0').result).toMatchObject({ outcome: 'success' });
  });

  it('a child that is killed for memory is told apart from any other failure', async (context) => {
    if (!node.limited) return context.skip();
    const line = 'python3 -c "x = bytearray(1 << 30)" || exit 3';
    const result = await node.shell(line, { limits: { memory: 64 * mib } }).result;
    // In version 2 the whole group is killed; in version 1 its largest process.
    expect(result).toMatchObject({ outcome: 'failed', errorClass: 'out_of_memory' });
  });

  it('a full working directory ends the task, and the report says how full', async () => {
    const line = 'trap "" TERM; while :; do head -c 1000000 /dev/zero >>full; sleep 0.02; done';
    const task = node.shell(line, { limits: { disk: 4 * mib } });
    const result = await task.result;
    expect(result).toMatchObject({ outcome: 'failed', errorClass: 'work_dir_full', signal: 9 });
    expect(result.error).toMatch(
      /^killed because its working directory held \d+(\.\d)?Mi: the limit is 4Mi$/,
    );
    expect(node.alive()).toEqual([]);
  });

  it('100 MB of log in many lines, and 50 MB in one, cost the executor nothing', async () => {
    const before = process.memoryUsage().rss;
    const many = node.shell(
      'yes "a line of some length, as programs write them" | head -c 100000000',
    );
    const one = node.shell('head -c 50000000 /dev/zero | tr "\\000" x');
    expect(await many.result).toMatchObject({ outcome: 'success' });
    expect(await one.result).toMatchObject({ outcome: 'success' });
    expect(statSync(`${many.directory}/stdout`).size).toBe(100_000_000);
    expect(statSync(`${one.directory}/stdout`).size).toBe(50_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * mib);
  });

  it('finds no descriptor but its own three', async () => {
    const task = node.shell('ls /proc/self/fd');
    await task.result;
    // The fourth is the listing's own look.
    expect(readFileSync(`${task.directory}/stdout`, 'utf8')).toBe('0\n1\n2\n3\n');
  });

  it('is told what it took', async () => {
    const { usage } = await node.shell('i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done').result;
    expect(usage?.cpuMs).toBeGreaterThan(10);
  });
});

describe('the directory that a task worked in', () => {
  const full = 'mkdir -p deep/er; head -c 100000 /dev/zero >deep/er/file';

  it('is removed after every end, or after a good one, or never', async () => {
    const mode = allowedModes[0] ?? 'marker-scan';
    const workOf = async (node: Node, line: string): Promise<string> => {
      const task = node.shell(line);
      await task.result;
      return join(task.directory, 'work');
    };
    const always = new Node(mode, { removeWork: 'always' });
    const good = await workOf(always, full);
    const bad = await workOf(always, `${full}; exit 1`);
    const empty = await workOf(always, 'exit 0');
    await until(() => ![good, bad, empty].some((path) => existsSync(path)));
    await always.close();
    const success = new Node(mode, { removeWork: 'success' });
    const kept = await workOf(success, `${full}; exit 1`);
    const removed = await workOf(success, full);
    await until(() => !existsSync(removed));
    expect(existsSync(join(kept, 'deep/er/file'))).toBe(true);
    await success.close();
  });

  it('is removed as what it is, also where the task has put a link in its place', async () => {
    const node = new Node(allowedModes[0] ?? 'marker-scan', { removeWork: 'always' });
    const precious = mkdtempSync(join(tmpdir(), 'skein-precious-'));
    const task = node.shell(`cd ..; rmdir work; ln -s ${precious} work; touch ${precious}/kept`);
    await task.result;
    await until(() => !existsSync(join(task.directory, 'work')));
    expect(existsSync(join(precious, 'kept'))).toBe(true);
    rmSync(precious, { recursive: true });
    await node.close();
  });
});

describe.runIf(process.getuid?.() === 0)('tasks of another user', () => {
  const mode = allowedModes.find((each) => each !== 'user-namespace') ?? 'marker-scan';

  it('work in a directory of their own, and write their output and nothing beside it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'skein-user-'));
    expect(findTaskUser('nobody', { directory, mode })).toMatchObject({ ok: false });
    rmSync(directory, { recursive: true });
    const found = findTaskUser('nobody', { directory: '/tmp', mode });
    if (!found.ok) throw new Error(found.error);
    const node = new Node(mode, { user: found.value });
    // The directory of a test is for its owner alone.
    await new Promise<void>((resolve, reject) => {
      import('node:fs').then(({ chmod }) =>
        chmod(node.dataDir, 0o755, (error) => (error === null ? resolve() : reject(error))),
      );
    });
    const line =
      'id -un; echo "$HOME $USER"; touch mine; echo "[1]" >"$SKEIN_OUTPUT"; ' +
      'rm -f ../stdout; touch ../new; ln -sf /etc/shadow "$SKEIN_OUTPUT"; exit 0';
    const task = node.shell(line);
    expect(await task.result).toMatchObject({ outcome: 'success', output: '[1]' });
    const home = found.value.home;
    expect(readFileSync(`${task.directory}/stdout`, 'utf8')).toBe(`nobody\n${home} nobody\n`);
    expect(existsSync(join(task.directory, 'new'))).toBe(false);
    expect(statSync(join(task.directory, 'work', 'mine')).uid).toBe(found.value.uid);
    await node.close();
  });

  it('are refused at the start, with the reason, where they cannot be had', () => {
    const refusalOf = (name: string, how: ContainmentMode = mode): string => {
      const found = findTaskUser(name, { directory: '/tmp', mode: how });
      return found.ok ? '' : found.error;
    };
    expect(refusalOf('nobody-of-that-name')).toContain('has no user');
    expect(refusalOf('root')).toContain('leave it out');
    expect(refusalOf('nobody', 'user-namespace')).toContain('user namespaces');
  });
});
