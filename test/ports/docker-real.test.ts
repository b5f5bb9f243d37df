/** The docker runner against a real engine: what a container is given, and how it ends. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { nodeFiles } from '../../src/executor/node-files.ts';
import type { Work } from '../../src/executor/runner.ts';
import { labelKeys } from '../../src/executor/runners/container-owner.ts';
import { DockerHost } from '../../src/executor/runners/docker/docker-host.ts';
import { isAlive } from '../../src/executor/runners/docker/local-process.ts';
import { dockerRunner } from '../../src/executor/runners/docker.ts';
import { defaultTaskSettings, type TaskSettings } from '../../src/executor/task-limits.ts';
import { dispatchOf } from '../../src/executor/testing/executor-story.ts';
import { type Observed, observed } from '../../src/executor/testing/observed.ts';
import { workspaceOf } from '../../src/executor/workspace.ts';
import type { DockerAction } from '../../src/model/container-action.ts';
import type { Dispatch } from '../../src/model/protocol.ts';
import { realClock as clock } from '../../src/node/real-ports.ts';
import { busyboxImage, DockerEngine, findDocker } from '../support/docker-engine.ts';
import { compile } from '../support/tasks/compile.ts';
import { until } from '../support/tasks/real-bench.ts';

const programs = findDocker();
const mebibyte = 1024 * 1024;

describe.runIf(programs !== undefined)('docker', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'skein-docker-node-'));
  let engine: DockerEngine;

  beforeAll(async () => {
    engine = new DockerEngine(present(programs, 'checked above'));
    await engine.start();
    await engine.importBusybox();
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const hostOf = (life: string, node = 'n1'): DockerHost =>
    new DockerHost({
      owner: { cluster: 'cluster-1', node, life },
      dataDir,
      dockerHost: engine.host,
      env: {},
    });

  let attempts = 0;

  interface About extends Partial<Work> {
    readonly host?: DockerHost;
    readonly settings?: Partial<TaskSettings>;
  }

  interface Attempt extends Observed {
    readonly dispatch: Dispatch;
    read(name: 'stdout' | 'stderr' | 'output'): string;
    path(name: 'stdout' | 'stderr' | 'output' | 'work'): string;
  }

  function start(
    command: readonly string[],
    more: Partial<DockerAction> = {},
    about: About = {},
  ): Attempt {
    attempts += 1;
    const { host = shared(), settings = {}, ...dispatched } = about;
    const action: DockerAction = {
      kind: 'docker',
      image: busyboxImage,
      command,
      entrypoint: null,
      mounts: [],
      network: null,
      user: null,
      workdir: null,
      pull: 'missing',
      ...more,
    };
    const dispatch = dispatchOf('load', attempts, { action, ...dispatched });
    const found = workspaceOf(dataDir, { id: dispatch.id, number: dispatch.attempt });
    if (!found.ok) throw new Error(found.error);
    const space = found.value;
    const runner = dockerRunner({
      ...{ clock, files: nodeFiles, dataDir, host },
      settings: { ...defaultTaskSettings, ...settings },
    });
    const read = (name: 'stdout' | 'stderr' | 'output') => readFileSync(space[name], 'utf8');
    return { ...observed(runner, dispatch), dispatch, read, path: (name) => space[name] };
  }

  let known: DockerHost | undefined;
  const shared = (): DockerHost => {
    known ??= hostOf('life-1');
    return known;
  };

  const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script];

  const containers = async (node = 'n1'): Promise<number> => {
    const label = [`${labelKeys.node}=${node}`];
    return (await engine.client.listContainers({ all: true, filters: { label } })).length;
  };

  test('a task that succeeds: both streams, the output, and no container left', async () => {
    const task = start(sh('echo out; echo err >&2; echo \'{"rows": 3}\' > "$SKEIN_OUTPUT"'));
    expect(await task.result).toMatchObject({
      outcome: 'success',
      exitCode: 0,
      output: '{"rows": 3}',
    });
    expect(task.read('stdout')).toBe('out\n');
    expect(task.read('stderr')).toBe('err\n');
    expect(task.events).toEqual(['started', 'ended']);
    expect(await containers()).toBe(0);
  });

  test.each([
    [7, { outcome: 'failed', retryable: true, exitCode: 7, error: 'ended with exit code 7' }],
    [99, { outcome: 'failed', retryable: true, exitCode: 99 }],
    [100, { outcome: 'failed', retryable: false, exitCode: 100 }],
    [101, { outcome: 'skipped', exitCode: 101, error: null }],
    [127, { outcome: 'failed', error: 'command not found (exit code 127)' }],
  ])('exit code %i means what it means for a process', async (code, expected) => {
    expect(await start(sh(`echo why >&2; exit ${code}`)).result).toMatchObject(expected);
  });

  test('the end of stderr comes along with a failure', async () => {
    const { stderrTail } = await start(sh('echo why >&2; exit 1')).result;
    expect(new TextDecoder().decode(stderrTail)).toBe('why\n');
  });

  test('the contract of tasks holds inside: variables, context, a place to write', async () => {
    const script = 'cat "$SKEIN_CONTEXT"; env | sort; cd /skein/work; echo kept > file';
    const task = start(sh(script), {}, { env: { MODE: 'a b' }, params: { day: 'x "y"' } });
    expect(await task.result).toMatchObject({ outcome: 'success' });
    const [context = '', ...variables] = task.read('stdout').split('\n');
    expect(JSON.parse(context)).toMatchObject({ taskId: 'load', params: { day: 'x "y"' } });
    expect(variables).toEqual(
      expect.arrayContaining(['MODE=a b', 'SKEIN_PARAM_DAY=x "y"', 'SKEIN_TASK_ID=load']),
    );
    expect(readFileSync(join(task.path('work'), 'file'), 'utf8')).toBe('kept\n');
  });

  test('what connections hold is in the environment, and not in the log', async () => {
    const variables = { SKEIN_CONN_DB: '{"password":"hunter2hunter2"}' };
    const opened = { variables, secrets: ['hunter2hunter2'] };
    const task = start(sh('echo "$SKEIN_CONN_DB"; echo "$SKEIN_CONN_DB" >&2'), {}, { opened });
    expect(await task.result).toMatchObject({ outcome: 'success' });
    expect(task.read('stdout')).toBe('{"password":"***"}\n');
    expect(task.read('stderr')).toBe('{"password":"***"}\n');
  });

  test('arguments arrive as they are: no shell reads them', async () => {
    const words = ["it's", '"two"', '$(id)', '`id`', '$HOME', 'a\nb', '*', '; id', '-n', '', 'é\\'];
    const task = start(['/bin/printf', '<%s>', ...words]);
    expect(await task.result).toMatchObject({ outcome: 'success' });
    expect(task.read('stdout')).toBe(words.map((word) => `<${word}>`).join(''));
  });

  test('entry point, directory, user and network are those of the task', async () => {
    const task = start(
      ['pwd; id -u; id -g; ls /sys/class/net'],
      { entrypoint: ['/bin/sh', '-c'], workdir: '/tmp', user: '1000:2000', network: 'none' },
      {},
    );
    expect(await task.result).toMatchObject({ outcome: 'success' });
    expect(task.read('stdout')).toBe('/tmp\n1000\n2000\nlo\n');
  });

  test('any user may write the output, and none can put a link in its place', async () => {
    const script = 'ln -sf /etc/passwd "$SKEIN_OUTPUT" || echo 5 > "$SKEIN_OUTPUT"';
    expect(await start(sh(script), { user: '1000' }).result).toMatchObject({ output: '5' });
    expect(await start(sh(script)).result).toMatchObject({ output: '5' });
  });

  test('what any user in the container may write is closed to the users of the node', async () => {
    const task = start(sh('cd /skein/work; echo 1 > file; echo 5 > "$SKEIN_OUTPUT"'), {
      user: '1000',
    });
    expect(await task.result).toMatchObject({ outcome: 'success', output: '5' });
    expect(statSync(join(task.path('work'), 'file')).uid).toBe(1000);
    // As a node with a `taskUser` has it: others may pass through its directory.
    chmodSync(dataDir, 0o711);
    const script = `cd ${dataDir} && echo in; echo 6 >> ${task.path('output')} || echo closed`;
    const other = ['--reuid=1000', '--clear-groups', '/bin/sh', '-c', script];
    expect(spawnSync('setpriv', other, { encoding: 'utf8' }).stdout).toBe('in\nclosed\n');
    expect(task.read('output')).toBe('5\n');
  });

  test('a mount is read-only unless it is said; one of what is not there is refused', async () => {
    const source = join(dataDir, 'shared');
    execFileSync('mkdir', ['-p', source]);
    writeFileSync(join(source, 'in'), 'given');
    const script = 'cat /data/in; echo x > /data/out && echo written';
    const mount = { source, target: '/data', readOnly: true };
    const closed = start(sh(script), { mounts: [mount] });
    expect(await closed.result).toMatchObject({ outcome: 'failed' });
    expect(closed.read('stdout')).toBe('given');
    const open = start(sh(script), { mounts: [{ ...mount, readOnly: false }] });
    expect(await open.result).toMatchObject({ outcome: 'success' });
    const absent = start(sh(script), { mounts: [{ ...mount, source: `${source}/absent` }] });
    expect(await absent.result).toMatchObject({ outcome: 'failed', errorClass: 'not_started' });
    expect(await containers()).toBe(0);
  });

  test('160 MB of log come into the file whole, and not into our memory', async () => {
    const bytes = 160 * mebibyte;
    const before = process.memoryUsage().rss;
    let most = 0;
    const look = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - before);
    }, 5);
    const task = start(sh(`head -c ${bytes} /dev/zero; echo end >&2`));
    expect(await task.result).toMatchObject({ outcome: 'success' });
    clearInterval(look);
    expect(statSync(task.path('stdout')).size).toBe(bytes);
    expect(task.read('stderr')).toBe('end\n');
    expect(most).toBeLessThan(80 * mebibyte);
  });

  test('a stop is polite first, and then it is not', async () => {
    const polite = start(sh('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.1; done'));
    await until(() => statSync(polite.path('stdout'), { throwIfNoEntry: false })?.size === 3);
    polite.job.stop('TERM');
    await polite.result;
    expect(polite.read('stdout')).toBe('up\nbye\n');
    const deaf = start(sh('trap "" TERM; echo up; while :; do sleep 0.1; done'));
    await until(() => statSync(deaf.path('stdout'), { throwIfNoEntry: false })?.size === 3);
    deaf.job.stop('TERM');
    deaf.job.stop('KILL');
    expect(await deaf.result).toMatchObject({ outcome: 'failed', exitCode: 137 });
    expect(deaf.events).toEqual(['started', 'ended']);
    expect(await containers()).toBe(0);
  });

  test('a stop before the start ends it without a container', async () => {
    const task = start(sh('echo ran'));
    task.job.stop('TERM');
    expect(await task.result).toMatchObject({ error: 'stopped before it started' });
    expect(task.events).toEqual(['ended']);
    expect(await containers()).toBe(0);
  });

  test('more memory than its limit ends a task, and it says so', async () => {
    const script = 'head -c 200000000 /dev/zero | tail -c 200000000 | wc -c';
    const limits = { memory: 32 * mebibyte };
    const task = start(['/bin/sh', '-c', `${script}; exit $?`], {}, { limits });
    const direct = start(['/bin/tail', '-c', '200000000', '/dev/zero'], {}, { limits });
    expect(await direct.result).toMatchObject({
      outcome: 'failed',
      errorClass: 'out_of_memory',
      error: 'ran out of memory: the limit is 32Mi',
    });
    await task.result;
    expect(await containers()).toBe(0);
  });

  test('a fork bomb meets its limit of processes', async () => {
    const script = 'i=0; while [ $i -lt 40 ]; do sleep 30 & i=$((i+1)); done; echo all';
    const task = start(sh(script), {}, { settings: { processesMax: 10 } });
    expect(await task.result).toMatchObject({ outcome: 'failed' });
    expect(task.read('stderr')).toContain("can't fork");
  });

  test('an image that is not to be had has a class of its own', async () => {
    const never = start(sh('true'), { image: 'absent:1', pull: 'never' });
    expect(await never.result).toMatchObject({ errorClass: 'image_missing', retryable: true });
    // Nobody listens on this port: the registry is as good as absent.
    const missing = start(sh('true'), { image: '127.0.0.1:1/absent:1' });
    const result = await missing.result;
    expect(result).toMatchObject({ errorClass: 'image_missing', outcome: 'failed' });
    expect(result.error).toContain('127.0.0.1:1/absent:1 cannot be pulled');
  });

  test('a program that is not in the image does not start', async () => {
    const task = start(['/bin/absent']);
    const result = await task.result;
    expect(result).toMatchObject({ outcome: 'failed', errorClass: 'not_started' });
    expect(result.error).toContain('/bin/absent');
    expect(await containers()).toBe(0);
  });

  test('what an earlier life has left is gone before the next container is made', async () => {
    const old = hostOf('life-0');
    const left = start(sh('sleep 1000'), {}, { host: old });
    const other = start(sh('sleep 1000'), {}, { host: hostOf('life-0', 'n2') });
    await Promise.all([left.started, other.started]);
    // That life ends without a word here: nobody stops its job.
    const next = start(sh('echo next'), {}, { host: hostOf('life-2') });
    expect(await next.result).toMatchObject({ outcome: 'success' });
    expect(await left.result).toMatchObject({ outcome: 'failed' });
    expect(await containers()).toBe(0);
    expect(await containers('n2')).toBe(1);
    other.job.stop('KILL');
    await other.result;
  });

  test('an executor that is killed takes its containers with it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'skein-docker-killed-'));
    const program = compile('test/support/tasks/docker-to-kill.ts', folder);
    const about = [engine.host, dataDir, 'n3', 'life-1', busyboxImage];
    const argv = [
      program,
      ...about,
      '/bin/sh',
      '-c',
      'trap "" TERM; sleep 1000 & wait; sleep 1000',
    ];
    const executor = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    const said = await new Promise<string>((resolve) => {
      executor.stdout.once('data', (text) => resolve(String(text)));
    });
    expect(said).toBe('{"kind":"started"}\n');
    const label = [`${labelKeys.node}=n3`];
    const [found] = await engine.client.listContainers({ filters: { label } });
    const id = present(found, 'it runs').Id;
    const { State: state } = await engine.client.getContainer(id).inspect();
    executor.kill('SIGKILL');
    await until(() => !isAlive({ pid: state.Pid, container: id }), 2_000);
    expect(await containers('n3')).toBe(1);
    await new DockerHost({
      owner: { cluster: 'cluster-1', node: 'n3', life: 'life-2' },
      ...{ dataDir, dockerHost: engine.host, env: {} },
    }).begin();
    expect(await containers('n3')).toBe(0);
    rmSync(folder, { recursive: true });
  });

  test('an engine that is killed takes its containers with it, and its class says so', async () => {
    const task = start(sh('sleep 1000'));
    await task.started;
    const label = [`${labelKeys.token}=${task.dispatch.id.token}`];
    const [found] = await engine.client.listContainers({ filters: { label } });
    const id = present(found, 'it runs').Id;
    const { State: state } = await engine.client.getContainer(id).inspect();
    expect(isAlive({ pid: state.Pid, container: id })).toBe(true);
    await engine.kill();
    expect(await task.result).toMatchObject({ errorClass: 'docker_unavailable', retryable: true });
    expect(isAlive({ pid: state.Pid, container: id })).toBe(false);
    const without = start(sh('echo'));
    expect(await without.result).toMatchObject({ errorClass: 'docker_unavailable' });
    await engine.start();
    expect(await start(sh('echo')).result).toMatchObject({ outcome: 'success' });
    expect(await containers()).toBe(0);
  });
});
