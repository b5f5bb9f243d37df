import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { incarnation } from '../../base/brand.ts';
import type { WorkAction } from '../../model/dag.ts';
import { outputBytesMax } from '../../model/output.ts';
import type { Dispatch } from '../../model/protocol.ts';
import { realClock as clock } from '../../node/real-ports.ts';
import { processMarks } from '../attempt-key.ts';
import { inheritable, inheritedNames } from '../context.ts';
import { errorBytesMax } from '../error-text.ts';
import { nodeFiles } from '../node-files.ts';
import type { ProcessTools } from '../process-job.ts';
import { createProcesses } from '../processes/create-processes.ts';
import type { RunEvent, RunningJob, RunResult } from '../runner.ts';
import { dispatchOf } from '../testing/executor-story.ts';
import { pythonRunner } from './python.ts';
import { shellRunner } from './shell.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'skein-runners-'));
const real = createProcesses({ helpers: 2 });
const tools: ProcessTools = {
  clock,
  processes: real.processes,
  files: nodeFiles,
  dataDir,
  inherited: inheritable(process.env),
  nextMark: processMarks(incarnation(`runners-test-${process.pid}`)),
};

afterAll(async () => {
  await new Promise<void>((done) => real.close(done));
  rmSync(dataDir, { recursive: true });
});

/** A promise and the function that keeps it. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((keep) => {
    resolve = keep;
  });
  return { promise, resolve };
}

/** The command lines of all living processes. */
function commandLines(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
    } catch {
      return [];
    }
  });
}

let attempts = 0;
/** A dispatch with a directory of its own. */
function dispatchFor(action: WorkAction, more: Partial<Dispatch> = {}): Dispatch {
  attempts += 1;
  return dispatchOf('task', attempts, { action, ...more });
}

interface Run {
  readonly dispatch: Dispatch;
  readonly job: RunningJob;
  readonly started: Promise<void>;
  readonly result: Promise<RunResult>;
  readonly log: (stream: 'stdout' | 'stderr') => Buffer;
}

function start(dispatch: Dispatch): Run {
  const runner = dispatch.action.kind === 'python' ? pythonRunner(tools) : shellRunner(tools);
  const started = deferred<void>();
  const ended = deferred<RunResult>();
  const job = runner.start(dispatch, (event: RunEvent) => {
    if (event.kind === 'started') started.resolve();
    else ended.resolve(event.result);
  });
  const { id, attempt } = dispatch;
  const directory = `${dataDir}/attempts/default/run-1/task/0/${attempt}-${id.token}`;
  const log: Run['log'] = (stream) => readFileSync(`${directory}/${stream}`);
  return { dispatch, job, started: started.promise, result: ended.promise, log };
}

const shell = (command: string, more: Partial<Dispatch> = {}): Run =>
  start(dispatchFor({ kind: 'shell', command }, more));

describe('shell', () => {
  test('exit 0 is success, without output if none was written', async () => {
    expect(await shell('exit 0').result).toMatchObject({
      outcome: 'success',
      exitCode: 0,
      output: null,
      error: null,
    });
  });

  test.each([
    [1, { outcome: 'failed', retryable: true, exitCode: 1, signal: null }],
    [99, { outcome: 'failed', retryable: true, exitCode: 99 }],
    [100, { outcome: 'failed', retryable: false, exitCode: 100 }],
    [101, { outcome: 'skipped', exitCode: 101, error: null }],
  ])('exit %i ends as the contract says', async (code, expected) => {
    expect(await shell(`exit ${code}`).result).toMatchObject(expected);
  });

  test('a signal ends it as failed, and is named', async () => {
    expect(await shell('kill -9 $$').result).toMatchObject({
      outcome: 'failed',
      retryable: true,
      signal: 9,
      error: 'ended by signal 9',
      errorClass: 'signal_9',
    });
  });

  test('what it writes to SKEIN_OUTPUT is its output, to the byte', async () => {
    const json = '{"rows": 12345678901234567890, "name": "grün"}';
    const run = shell(`printf '%s\\n' "$JSON" > "$SKEIN_OUTPUT"`, { env: { JSON: json } });
    expect(await run.result).toMatchObject({ outcome: 'success', output: json });
  });

  test('an output that is no JSON fails the attempt', async () => {
    expect(await shell('echo "{rows" > "$SKEIN_OUTPUT"').result).toMatchObject({
      outcome: 'failed',
      exitCode: 0,
      error: 'its output is not JSON',
      errorClass: 'output_invalid',
      output: null,
    });
  });

  test.each(['mkfifo', 'ln -s /dev/zero', 'mkdir'])(
    'an output that is no file (%s) fails the attempt, and holds nobody',
    async (make) => {
      const run = shell(`rm -f "$SKEIN_OUTPUT"; ${make} "$SKEIN_OUTPUT"`);
      expect(await run.result).toMatchObject({
        outcome: 'failed',
        error: expect.stringMatching(/^its output cannot be read: .* is no regular file$/),
        errorClass: 'output_unreadable',
      });
    },
  );

  test('an output may have 64 KiB, and not a byte more', async () => {
    const quoted = (bytes: number): string =>
      `{ printf '"'; head -c ${bytes - 2} /dev/zero | tr '\\0' x; printf '"'; } > "$SKEIN_OUTPUT"`;
    const most = await shell(quoted(outputBytesMax)).result;
    expect(most.outcome).toBe('success');
    expect(most.output?.length).toBe(outputBytesMax);
    const tooLong = outputBytesMax + 1;
    expect(await shell(quoted(tooLong)).result).toMatchObject({
      outcome: 'failed',
      error: `its output is ${tooLong} bytes long; at most ${outputBytesMax} are allowed`,
    });
  });

  test('params, upstream outputs and the environment arrive as data', async () => {
    const evil = '$(touch /tmp/never); `id` "x" \'y\' \n z';
    const run = shell('printf %s "$SKEIN_PARAM_NAME"; cat "$SKEIN_CONTEXT" >&2', {
      params: { name: evil },
      upstream: { extract: '{"rows":3}' },
    });
    expect(await run.result).toMatchObject({ outcome: 'success' });
    expect(run.log('stdout').toString()).toBe(evil);
    expect(JSON.parse(run.log('stderr').toString())).toMatchObject({
      params: { name: evil },
      upstream: { extract: { rows: 3 } },
    });
  });

  test('it sees the contract and little else of its executor', async () => {
    const run = shell('env');
    await run.result;
    const variables = run.log('stdout').toString().split('\n');
    expect(variables).toContain('SKEIN_ATTEMPT=1');
    expect(variables).toContain(`SKEIN_TOKEN=${run.dispatch.id.token}`);
    expect(variables).toContain(`PATH=${process.env.PATH}`);
    const others = variables
      .map((line) => line.split('=')[0] ?? '')
      .filter((name) => !/^(SKEIN_\w+|DAG_ID|TASK_ID|EXECUTION_DATE|PWD|_|)$/.test(name));
    expect(inheritedNames).toEqual(expect.arrayContaining(others));
  });

  test('it runs in a directory of its own, or in the one that it names', async () => {
    const own = shell('pwd; touch left-behind');
    await own.result;
    expect(own.log('stdout').toString()).toMatch(/\/task\/0\/1-\d+\/work\n$/);
    const named = shell('pwd', { cwd: '/' });
    await named.result;
    expect(named.log('stdout').toString()).toBe('/\n');
  });

  test('a directory that is not there is a failure with a reason', async () => {
    const { outcome, error } = await shell('true', { cwd: '/no/such/place' }).result;
    expect(outcome).toBe('failed');
    expect(error).toMatch(/could not start: .+/);
  });

  test('the end of stderr comes with a failure', async () => {
    const run = shell('seq 1 5000 >&2; echo the end >&2; exit 7');
    const { error, stderrTail } = await run.result;
    expect(error).toBe('ended with exit code 7');
    expect(stderrTail.length).toBe(errorBytesMax);
    expect(Buffer.from(stderrTail).toString()).toMatch(/\n5000\nthe end\n$/);
  });

  test('both logs have every byte, in order', async () => {
    const run = shell('seq 1 20000; seq 1 3000 >&2; printf "no newline \\377"');
    await run.result;
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, at) => `${at + 1}\n`).join('');
    expect(run.log('stderr').toString()).toBe(lines(3000));
    const expected = Buffer.concat([Buffer.from(`${lines(20_000)}no newline `), Buffer.of(0xff)]);
    expect(run.log('stdout').equals(expected)).toBe(true);
  });

  test('TERM reaches the whole group; what ignores it dies by KILL', async () => {
    const polite = shell('sleep 600 & sleep 600');
    await polite.started;
    polite.job.stop('TERM');
    expect(await polite.result).toMatchObject({ outcome: 'failed' });
    const stubborn = shell("trap '' TERM; echo ready; while :; do sleep 1; done");
    await expect.poll(() => stubborn.log('stdout').length, { timeout: 5000 }).toBeGreaterThan(0);
    stubborn.job.stop('TERM');
    stubborn.job.stop('KILL');
    expect(await stubborn.result).toMatchObject({ outcome: 'failed', signal: 9 });
  });

  test('when it has ended, nothing that it started is alive', async () => {
    // A duration that no other process sleeps for: pids of a namespace of its own say nothing here.
    const seconds = `600.${process.pid}`;
    const run = shell(`setsid sleep ${seconds} & until pgrep -f ${seconds}; do :; done; exit 0`);
    await run.result;
    expect(run.log('stdout').length).toBeGreaterThan(0);
    expect(commandLines().filter((line) => line.includes(seconds))).toEqual([]);
  });

  test('a stop before the start starts nothing', async () => {
    const run = shell('touch started');
    run.job.stop('TERM');
    expect(await run.result).toMatchObject({ error: 'stopped before it started' });
  });
});

const python = (code: string, args: string[] = []): Run =>
  start(dispatchFor({ kind: 'python', code, file: null, args }));

describe('python', () => {
  test('inline code runs with its arguments, and writes its output', async () => {
    const code = [
      'import json, os, sys',
      'context = json.load(open(os.environ["SKEIN_CONTEXT"]))',
      'json.dump([sys.argv[1:], context["taskId"]], open(os.environ["SKEIN_OUTPUT"], "w"))',
    ].join('\n');
    const { output, error } = await python(code, ['--day', "it's $HOME"]).result;
    expect(error).toBeNull();
    expect(JSON.parse(output ?? '')).toEqual([['--day', "it's $HOME"], 'task']);
  });

  test('a traceback names the line, and comes with the failure', async () => {
    const result = await python('x = 1\nraise ValueError("no such day")').result;
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 1, errorClass: 'ValueError' });
    const tail = Buffer.from(result.stderrTail).toString();
    expect(tail).toContain('main.py", line 2');
    expect(tail).toContain('ValueError: no such day');
  });

  test('sys.exit(100) is a failure for good', async () => {
    expect(await python('import sys; sys.exit(100)').result).toMatchObject({ retryable: false });
  });

  test('a file of the node runs like inline code', async () => {
    const written = python('print("from a file")');
    await written.result;
    const { id } = written.dispatch;
    const file = `${dataDir}/attempts/default/run-1/task/0/1-${id.token}/main.py`;
    const run = start(dispatchFor({ kind: 'python', code: null, file, args: [] }));
    expect(await run.result).toMatchObject({ outcome: 'success' });
    expect(run.log('stdout').toString()).toBe('from a file\n');
  });

  test('neither code nor file is refused for good', async () => {
    const run = start(dispatchFor({ kind: 'python', code: null, file: null, args: [] }));
    expect(await run.result).toMatchObject({ outcome: 'failed', retryable: false });
  });
});
