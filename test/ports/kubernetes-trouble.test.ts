/** The kubernetes runner when what lies between it and its pods does not work as it should. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { monotonicMs } from '../../src/base/brand.ts';
import type { KubernetesHost } from '../../src/executor/runners/kubernetes/kubernetes-host.ts';
import { realClock } from '../../src/node/real-ports.ts';
import type { FakeKubernetes } from '../support/fake-kubernetes.ts';
import { absent, answer, status } from '../support/fake-kubernetes-wire.ts';
import { type Attempt, KubernetesBench, quickClock, sh } from '../support/kubernetes-bench.ts';
import { until } from '../support/tasks/real-bench.ts';

let bench: KubernetesBench;
let kubernetes: FakeKubernetes;

beforeEach(async () => {
  bench = new KubernetesBench();
  kubernetes = bench.kubernetes;
  await bench.begin();
});
afterEach(() => bench.end());

const pause = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

/** The next requests find a page of a balancer, and what was connected is not any more. */
function standBefore(code: number, isMeant = (_request: string): boolean => true): () => number {
  let pages = 0;
  kubernetes.intercept = (request, response) => {
    if (!isMeant(`${request.method} ${request.url}`)) return false;
    pages += 1;
    response.writeHead(code, { 'content-type': 'text/plain' }).end(`default backend - ${code}`);
    return true;
  };
  kubernetes.cut();
  return () => pages;
}

const stepAside = (): void => {
  kubernetes.intercept = () => false;
};

describe('kubernetes: something answers in the place of the API server', () => {
  test.each([404, 403, 401])('its %i ends no attempt', async (code) => {
    const task = bench.start(sh('sleep 1; echo 7 > "$SKEIN_OUTPUT"'));
    await task.started;
    const pages = standBefore(code);
    await until(() => pages() > 2);
    expect(task.events).toEqual(['started']);
    stepAside();
    expect(await task.result).toMatchObject({ outcome: 'success', output: '7' });
    bench.nothingIsLeft();
  });

  test('its 404 is not the word that a pod is gone', async () => {
    const alive = join(bench.dataDir, 'alive');
    const task = bench.start(sh(`while :; do : > ${alive}; sleep 0.05; done`));
    await task.started;
    const pages = standBefore(404);
    task.job.stop('TERM');
    task.job.stop('KILL');
    // A few of them for the look that goes on, and for that which makes sure of the end.
    await until(() => pages() > 5);
    expect(task.events).toEqual(['started']);
    rmSync(alive);
    await until(() => existsSync(alive));
    stepAside();
    await task.result;
    bench.nothingIsLeft();
  });

  test('a Job that it has not passed on is not waited for', async () => {
    standBefore(404, (request) => request.startsWith('POST'));
    expect(await bench.start(sh('true')).result).toMatchObject({
      errorClass: 'kubernetes_unavailable',
      error: 'something in front of the API server answered 404: default backend - 404',
    });
  });

  test('who says NotFound of something else has not spoken of the Job', async () => {
    const task = bench.start(sh('exec sleep 1000'));
    await task.started;
    // A gateway to many clusters that does not know ours just now.
    kubernetes.intercept = (request, response) => {
      if (/\/jobs\/./.test(request.url ?? '')) {
        answer(response, 404, absent('clusters', 'production'));
      } else {
        answer(response, 200, { items: [] });
      }
      return true;
    };
    kubernetes.cut();
    const asked = kubernetes.requests.length;
    await until(() => kubernetes.requests.length > asked + 5);
    expect(task.events).toEqual(['started']);
    stepAside();
    await task.result;
    bench.nothingIsLeft();
  });
});

describe('kubernetes: the API server denies a look at a pod that runs', () => {
  let denials: number;

  const deny = (code: number): void => {
    denials = 0;
    kubernetes.intercept = (request, response) => {
      if (request.method !== 'GET' || !request.url?.includes('/pods?')) return false;
      denials += 1;
      answer(response, code, status(code, 'pods is forbidden: role "skein" not found'));
      return true;
    };
    kubernetes.cut();
  };

  test.each([401, 403])('%i for a moment ends nothing', async (code) => {
    const task = bench.start(sh('sleep 1; echo 7 > "$SKEIN_OUTPUT"'));
    await task.started;
    deny(code);
    await until(() => denials > 1);
    stepAside();
    expect(await task.result).toMatchObject({ outcome: 'success', output: '7' });
  });

  const isLookedAtAgain = async (): Promise<void> => {
    let watches = 0;
    kubernetes.intercept = (request) => {
      if (request.url?.includes('watch=true') === true) watches += 1;
      return false;
    };
    await until(() => watches > 0);
  };

  test('for a whole minute it is an answer', async () => {
    let ahead = 0;
    const monotonic = () => monotonicMs(realClock.monotonicMs() + ahead);
    const clock = { ...realClock, monotonicMs: monotonic };
    const task = bench.start(sh('exec sleep 1000'), {}, { clock });
    await task.started;
    for (let minute = 0; minute < 2; minute += 1) {
      deny(403);
      await until(() => denials > 0);
      ahead += 50_000;
      await until(() => denials > 2);
      await isLookedAtAgain();
    }
    expect(task.events).toEqual(['started']);
    deny(403);
    await until(() => denials > 0);
    ahead += 60_000;
    expect(await task.result).toMatchObject({ errorClass: 'kubernetes_refused' });
    bench.nothingIsLeft();
  });

  test('it is one at once before the start', async () => {
    deny(403);
    expect(await bench.start(sh('true')).result).toMatchObject({
      errorClass: 'kubernetes_refused',
    });
  });
});

/** A router forgets the connection: it stays open, and nothing comes over it any more. */
function forgetLogs(isMeant: (asked: number) => boolean): void {
  let asked = 0;
  kubernetes.intercept = (request, response) => {
    if (request.url?.includes('/log?') !== true) return false;
    asked += 1;
    if (!isMeant(asked)) return false;
    response.writeHead(200).write(`${new Date(0).toISOString()} up\n`);
    return true;
  };
}

describe('kubernetes: the connection of a log is dead without a word', () => {
  test('the rest of the log is fetched over another one', async () => {
    forgetLogs((asked) => asked === 1);
    const task = bench.start(sh('sleep 0.5; echo down; exit 3'));
    expect(await task.result).toMatchObject({ outcome: 'failed', exitCode: 3 });
    expect(task.log()).toBe('up\ndown\n');
  });

  test('where none lives, the log says that its rest is missing', async () => {
    forgetLogs(() => true);
    const task = bench.start(sh('sleep 0.5; echo down'), {}, { clock: quickClock });
    expect(await task.result).toMatchObject({ outcome: 'success' });
    expect(task.log()).toBe(
      'up\n(the rest of the log of its pod cannot be read: nothing more came)\n',
    );
  });
});

describe('kubernetes: the program that fetches credentials', () => {
  let starts: string;
  let hangs: string;

  /** It hangs where there is a file `hangs`, and then until the test is over. */
  beforeEach(() => {
    const { dataDir } = bench;
    starts = join(dataDir, 'starts');
    hangs = join(dataDir, 'hangs');
    const credential = {
      ...{ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' },
      // It is past its time at once: the next call needs another.
      status: { token: 'secret-token', expirationTimestamp: '2000-01-01T00:00:00Z' },
    };
    const script = `echo >> ${starts}; if [ -e ${hangs} ]; then
      while [ -e ${dataDir} ]; do sleep 0.2; done; fi; echo '${JSON.stringify(credential)}'`;
    const config = JSON.parse(readFileSync(kubernetes.kubeconfig, 'utf8'));
    const { apiVersion } = credential;
    const [command, ...args] = sh(script);
    config.users[0].user = { exec: { apiVersion, command, args, interactiveMode: 'Never' } };
    writeFileSync(kubernetes.kubeconfig, JSON.stringify(config));
  });

  const startsUntilNow = (): number => readFileSync(starts, 'utf8').length;

  test('is not waited for when it hangs, and started once for all who wait', async () => {
    const tasks = [1, 2, 3].map(() => bench.start(sh('echo 7 > "$SKEIN_OUTPUT"; sleep 2')));
    await Promise.all(tasks.map(({ started }) => started));
    writeFileSync(hangs, '');
    // All of them have ended now, and are looked at.
    await pause(3_000);
    const before = startsUntilNow();
    await until(() => startsUntilNow() > before, 15_000);
    expect(startsUntilNow()).toBe(before + 1);
    rmSync(hangs);
    const ends = Promise.all(tasks.map(({ result }) => result));
    expect(await Promise.race([ends, pause(15_000)])).toMatchObject(
      tasks.map(() => ({ outcome: 'success', output: '7' })),
    );
    bench.nothingIsLeft();
  });
});

describe('kubernetes: a namespace of the past', () => {
  const inTeam = (host: KubernetesHost): Attempt =>
    bench.start(sh('true'), { namespace: 'old-team' }, { host });
  const atWork = (host: KubernetesHost): Attempt =>
    bench.start(sh('true'), { namespace: 'work' }, { host });
  const listed = (): string => readFileSync(join(bench.dataDir, 'kubernetes-namespaces'), 'utf8');

  test('that refuses us stops the tasks that go there, and no others', async () => {
    expect(await inTeam(bench.hostOf('life-1')).result).toMatchObject({ outcome: 'success' });
    kubernetes.intercept = (request, response) => {
      if (request.url?.includes('/namespaces/old-team/') !== true) return false;
      answer(response, 403, status(403, 'jobs.batch is forbidden in "old-team"'));
      return true;
    };
    const told: unknown[] = [];
    const host = bench.hostOf('life-2', (level, name, fields) => told.push([level, name, fields]));
    await host.begin();
    expect(await atWork(host).result).toMatchObject({ outcome: 'success' });
    expect(await inTeam(host).result).toMatchObject({ errorClass: 'kubernetes_refused' });
    const error = expect.stringContaining('is forbidden in "old-team"');
    const fields = { namespace: 'old-team', error };
    expect(told).toEqual([['warn', 'executor.namespace_not_swept', fields]]);
    stepAside();
    expect(await inTeam(host).result).toMatchObject({ outcome: 'success' });
  });

  test('is forgotten when nothing of ours is there', async () => {
    const left = bench.start(sh('exec sleep 1000'), { namespace: 'old-team' });
    await left.started;
    expect(listed()).toBe('old-team\n');
    const host = bench.hostOf('life-2');
    await host.begin();
    await left.result;
    bench.nothingIsLeft();
    expect(listed()).toBe('');
    expect(await inTeam(host).result).toMatchObject({ outcome: 'success' });
    await host.begin();
    expect(listed()).toBe('old-team\n');
  });

  test('that cannot be swept at first is swept later, whatever tasks there are', async () => {
    expect(await inTeam(bench.hostOf('life-1')).result).toMatchObject({ outcome: 'success' });
    const host = bench.hostOf('life-2');
    await kubernetes.goAway();
    await host.begin();
    await kubernetes.start();
    expect(await atWork(host).result).toMatchObject({ outcome: 'success' });
    await until(() => listed() === 'work\n');
  });

  test('may hold more than one answer can: all of it is swept', async () => {
    expect(await atWork(bench.hostOf('life-1')).result).toMatchObject({ outcome: 'success' });
    bench.leave('work', { jobs: 90, contextBytes: 200 * 1024 });
    expect(await atWork(bench.hostOf('life-2')).result).toMatchObject({ outcome: 'success' });
    bench.nothingIsLeft();
  });
});

describe('kubernetes: somebody else deletes the pod', () => {
  const polite = 'trap "echo bye; sleep 0.5; exit 0" TERM; echo up; while :; do sleep 0.1; done';

  test('what it still does is no success, as for its Job', async () => {
    kubernetes.lingerMs = 1_000;
    const task = bench.start(sh(polite));
    await until(() => task.events.length === 1 && task.log() === 'up\n');
    kubernetes.drain();
    const result = await task.result;
    expect(result).toMatchObject({
      ...{ outcome: 'failed', retryable: true, errorClass: 'pod_lost' },
      error: 'its pod was deleted',
    });
    expect(task.log()).toBe('up\nbye\n');
    bench.nothingIsLeft();
  });
});
