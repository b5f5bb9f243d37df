/**
 * The kubernetes runner against a small Kubernetes of our own (`support/fake-kubernetes.ts`): the
 * pods are processes here. `kubectl`, where there is one, says that the shapes are right; what only
 * a real cluster has (its scheduler, admission, roles, images, kubelets) is not tested.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { programOnPath } from '../support/debian-programs.ts';
import type { FakeKubernetes } from '../support/fake-kubernetes.ts';
import { answer, status } from '../support/fake-kubernetes-wire.ts';
import { KubernetesBench, sh } from '../support/kubernetes-bench.ts';
import { until } from '../support/tasks/real-bench.ts';

let bench: KubernetesBench;
let kubernetes: FakeKubernetes;

beforeEach(async () => {
  bench = new KubernetesBench();
  kubernetes = bench.kubernetes;
  await bench.begin();
});
afterEach(() => bench.end());

describe('kubernetes', () => {
  test('a task that succeeds: its log, its output, and no Job left', async () => {
    const task = bench.start(sh('echo out; echo err >&2; echo \'{"rows": 3}\' > "$SKEIN_OUTPUT"'));
    const result = await task.result;
    expect(result).toMatchObject({ outcome: 'success', exitCode: 0, output: '{"rows": 3}' });
    expect(task.log().split('\n').sort()).toEqual(['', 'err', 'out']);
    expect(task.events).toEqual(['started', 'ended']);
    bench.nothingIsLeft();
  });

  test.each([
    [7, { outcome: 'failed', retryable: true, exitCode: 7 }],
    [99, { outcome: 'failed', retryable: true, exitCode: 99 }],
    [100, { outcome: 'failed', retryable: false, exitCode: 100 }],
    [101, { outcome: 'skipped', exitCode: 101 }],
  ])('exit code %i means what it means for a process', async (code, expected) => {
    const result = await bench.start(sh(`echo why >&2; exit ${code}`)).result;
    expect(result).toMatchObject(expected);
    if (result.outcome === 'failed') {
      expect(new TextDecoder().decode(result.stderrTail)).toBe('why\n');
    }
    bench.nothingIsLeft();
  });

  test('the contract of tasks holds inside: variables and the context file', async () => {
    const script = 'cat "$SKEIN_CONTEXT"; echo "$MODE $SKEIN_TASK_ID"';
    const more = { env: { MODE: '$(id) $$ x' }, params: { day: 'x "y"' } };
    const task = bench.start(sh(script), {}, more);
    expect(await task.result).toMatchObject({ outcome: 'success' });
    const [context = '', variables] = task.log().split('\n');
    expect(JSON.parse(context)).toMatchObject({ taskId: 'load', params: { day: 'x "y"' } });
    expect(variables).toBe('$(id) $$ x load');
  });

  test('arguments arrive as they are: neither a shell nor Kubernetes reads them', async () => {
    const words = ["it's", '"two"', '$(id)', '$$(id)', '`id`', '$HOME', 'a b', '*', '$', '$$', ''];
    const task = bench.start(['/usr/bin/printf', '<%s>'], { args: words });
    expect(await task.result).toMatchObject({ outcome: 'success' });
    expect(task.log()).toBe(`${words.map((word) => `<${word}>`).join('')}\n`);
  });

  test('what connections hold stands in a Secret of the Job, and not in the log', async () => {
    const variables = { SKEIN_CONN_DB: '{"password":"hunter2hunter2"}' };
    const opened = { variables, secrets: ['hunter2hunter2'] };
    const task = bench.start(sh('echo "$SKEIN_CONN_DB"; sleep 0.3'), {}, { opened });
    await task.started;
    expect(JSON.stringify([...kubernetes.jobs.values()])).not.toContain('hunter2');
    expect(await task.result).toMatchObject({ outcome: 'success' });
    expect(task.log()).toBe('{"password":"***"}\n');
  });

  test('a log that may not be read says so itself, and nobody is pressed for it', async () => {
    kubernetes.intercept = (request, response) => {
      if (request.url?.includes('/log?') !== true) return false;
      answer(response, 403, status(403, 'pods/log is forbidden'));
      return true;
    };
    const task = bench.start(sh('echo hidden'));
    expect(await task.result).toMatchObject({ outcome: 'success' });
    const asked = kubernetes.requests.filter((request) => request.endsWith('/log'));
    expect(asked.length).toBeLessThan(5);
    expect(task.log()).toMatch(
      /^\(the log of its pod cannot be read: .* pods.log is forbidden\)\n$/,
    );
    bench.nothingIsLeft();
  });

  test('a long log comes whole and in order, also over connections that break', async () => {
    const task = bench.start(
      sh('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done'),
    );
    await task.started;
    for (const lines of [10, 3_000, 9_000]) {
      await until(() => task.log().length > lines * 8);
      kubernetes.cut();
    }
    expect(await task.result).toMatchObject({ outcome: 'success' });
    expect(task.log()).toBe(Array.from({ length: 20_000 }, (_, at) => `line ${at}\n`).join(''));
  });

  test('an API server that is away for a while ends nothing', async () => {
    const task = bench.start(sh('echo up; sleep 1.5; echo on; echo 7 > "$SKEIN_OUTPUT"'));
    await task.started;
    await kubernetes.goAway();
    await new Promise((wake) => setTimeout(wake, 700));
    await kubernetes.start();
    expect(await task.result).toMatchObject({ outcome: 'success', output: '7' });
    expect(task.log()).toBe('up\non\n');
    bench.nothingIsLeft();
  });

  test('an answer is lost: the Job that is there already is the one that we made', async () => {
    let lost = 0;
    kubernetes.intercept = (request, response) => {
      if (request.method !== 'POST' || lost > 0) return false;
      lost += 1;
      // The server does what it was asked, and nobody hears of it.
      response.end = () => response.destroy();
      return false;
    };
    expect(await bench.start(sh('echo once')).result).toMatchObject({ outcome: 'success' });
    expect(kubernetes.requests.filter((text) => text.startsWith('POST')).length).toBe(2);
    bench.nothingIsLeft();
  });

  test('a server that nobody reaches has a class of its own', async () => {
    await kubernetes.goAway();
    expect(await bench.start(sh('true')).result).toMatchObject({
      errorClass: 'kubernetes_unavailable',
    });
    await kubernetes.start();
  });

  test('what the server refuses is said in its own words', async () => {
    kubernetes.intercept = (request, response) => {
      if (request.method !== 'POST') return false;
      const message = 'pods "x" is forbidden: exceeded quota';
      answer(response, 403, status(403, message));
      return true;
    };
    expect(await bench.start(sh('true')).result).toMatchObject({
      errorClass: 'kubernetes_refused',
      error: 'the API server answered 403: pods "x" is forbidden: exceeded quota',
    });
  });

  test('a stop is polite first, and then it is not', async () => {
    const polite = bench.start(
      sh('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.1; done'),
    );
    await until(() => polite.events.length === 1 && polite.log() === 'up\n');
    polite.job.stop('TERM');
    await polite.result;
    expect(polite.log()).toBe('up\nbye\n');
    const deaf = bench.start(sh('trap "" TERM; echo up; while :; do sleep 0.1; done'));
    await until(() => deaf.events.length === 1 && deaf.log() === 'up\n');
    deaf.job.stop('TERM');
    deaf.job.stop('KILL');
    await deaf.result;
    expect(deaf.events).toEqual(['started', 'ended']);
    bench.nothingIsLeft();
  });

  test('a stop before the start makes no Job', async () => {
    const task = bench.start(sh('true'));
    task.job.stop('TERM');
    expect(await task.result).toMatchObject({ error: 'stopped before it started' });
    expect(task.events).toEqual(['ended']);
    expect(kubernetes.requests.some((text) => text.startsWith('POST'))).toBe(false);
  });

  test('an image that is not to be had, and a pod that fails as one, have classes', async () => {
    const message = 'couldn’t parse image';
    kubernetes.plot = { kind: 'waits', reason: 'InvalidImageName', message };
    expect(await bench.start(sh('true')).result).toMatchObject({
      errorClass: 'image_missing',
      error: `its pod does not start: InvalidImageName: ${message}`,
    });
    kubernetes.plot = { kind: 'fails', reason: 'Evicted', message: 'low on memory' };
    expect(await bench.start(sh('true')).result).toMatchObject({
      errorClass: 'pod_lost',
      error: 'its pod failed: Evicted: low on memory',
    });
    bench.nothingIsLeft();
  });

  test('an output that a pod cannot give is refused', async () => {
    const task = bench.start(sh('head -c 5000 /dev/zero | tr "\\0" 1 > "$SKEIN_OUTPUT"'));
    expect(await task.result).toMatchObject({ errorClass: 'output_too_large', outcome: 'failed' });
  });

  test('what an earlier life has left behind is gone before the next Job is made', async () => {
    const left = bench.start(sh('exec sleep 1000'), {}, { host: bench.hostOf('life-0') });
    await left.started;
    const [old] = kubernetes.jobs.keys();
    const next = bench.start(sh('echo next'), {}, { host: bench.hostOf('life-2') });
    expect(await next.result).toMatchObject({ outcome: 'success' });
    await left.result;
    const { requests } = kubernetes;
    const namespace = '/apis/batch/v1/namespaces/work';
    const gone = requests.indexOf(`DELETE ${namespace}/jobs/${old?.slice(5)}`);
    expect(gone).toBeGreaterThan(0);
    expect(requests.lastIndexOf(`POST ${namespace}/jobs`)).toBeGreaterThan(gone);
    bench.nothingIsLeft();
  });

  test.runIf(programOnPath('kubectl') !== undefined)(
    'kubectl reads what there is, and can end it',
    async () => {
      const task = bench.start(sh('echo seen; exec sleep 1000'));
      await until(() => task.events.length === 1 && task.log() === 'seen\n');
      const kubectl = async (...args: string[]): Promise<string> => {
        const env = { ...process.env, HOME: bench.dataDir };
        const all = ['--kubeconfig', kubernetes.kubeconfig, ...args];
        return (await promisify(execFile)('kubectl', all, { env })).stdout;
      };
      const jobs = await kubectl('get', 'jobs', '-o', 'name');
      expect(jobs).toMatch(/^job\.batch\/dag-1-load-\d+-[0-9a-f]{12}\n$/);
      const pods = await kubectl('get', 'pods', '-l', 'skein.dev/task=load', '-o', 'name');
      expect(await kubectl('logs', pods.trim())).toBe('seen\n');
      await kubectl('delete', jobs.trim(), '--wait=false');
      expect(await task.result).toMatchObject({ outcome: 'failed' });
      bench.nothingIsLeft();
    },
  );
});
