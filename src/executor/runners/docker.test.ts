import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DockerAction } from '../../model/container-action.ts';
import { realClock as clock } from '../../node/real-ports.ts';
import { nodeFiles as files } from '../node-files.ts';
import { dispatchOf } from '../testing/executor-story.ts';
import { type Observed, observed } from '../testing/observed.ts';
import type { WorkDirs } from '../work-dirs.ts';
import { DockerHost } from './docker/docker-host.ts';
import { dockerRunner } from './docker.ts';

const action: DockerAction = {
  ...{ kind: 'docker', image: 'busybox', command: ['true'], entrypoint: null, mounts: [] },
  ...{ network: null, user: null, workdir: null, pull: 'missing' },
};

/** Runs `story` with an attempt whose engine answers as `engine` does. */
async function withEngine(
  engine: RequestListener,
  story: (attempt: Observed) => Promise<void>,
  workDirs?: WorkDirs,
): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'skein-docker-'));
  const socket = join(dataDir, 'socket');
  const server = createServer(engine);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const owner = { cluster: 'cluster-1', node: 'n1', life: 'life-1' };
  const host = new DockerHost({ owner, dataDir, dockerHost: socket, env: {} });
  const tools = { clock, files, dataDir, host, ...(workDirs && { workDirs }) };
  const limits = { disk: 1000 };
  await story(observed(dockerRunner(tools), dispatchOf('load', 1, { action, limits })));
  server.closeAllConnections();
  server.close();
  rmSync(dataDir, { recursive: true });
}

test('docker: a stop is heard while an engine keeps us waiting', async () => {
  let asked = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  await withEngine(asked, async ({ job, result, events }) => {
    await isAsked;
    job.stop('KILL');
    expect(await result).toMatchObject({ error: 'stopped before it started', retryable: true });
    expect(events).toEqual(['ended']);
  });
});

/** An engine whose one container runs until it is killed. */
class OneContainer {
  /** How the next KILL fails; it is done where this says nothing. */
  readonly failures: ((response: ServerResponse) => void)[] = [];
  #isRunning = false;
  #output: ServerResponse | undefined;

  readonly answer: RequestListener = (request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    const say = (status: number, body?: unknown): unknown =>
      response.writeHead(status).end(body && JSON.stringify(body));
    request.resume();
    if (path.startsWith('/images/')) return say(200, {});
    if (path === '/containers/json') return say(200, []);
    if (path === '/containers/create') return say(201, { Id: '0123' });
    if (path.endsWith('/start')) {
      this.#isRunning = true;
      return say(204);
    }
    if (path.endsWith('/attach')) {
      response.writeHead(200).flushHeaders();
      this.#output = response;
      return undefined;
    }
    if (path.endsWith('/kill')) {
      const fail = this.failures.shift();
      return fail === undefined ? say(this.#end()) : fail(response);
    }
    if (request.method === 'DELETE') return say(this.#end());
    const state = { Running: this.#isRunning, Pid: 0, ExitCode: 137, OOMKilled: false };
    return say(200, { State: state, Config: {} });
  };

  #end(): number {
    this.#isRunning = false;
    this.#output?.end();
    return 204;
  }
}

const cannotKill = (response: ServerResponse): void => {
  const message = 'tried to kill container, but did not receive an exit event';
  response.writeHead(500).end(JSON.stringify({ message }));
};
const breaksOff = (response: ServerResponse): void => {
  response.socket?.destroy();
};

test.each([
  ['says that it cannot', cannotKill],
  ['does not answer', breaksOff],
])('docker: K4: a KILL is repeated where the engine %s', async (_, failure) => {
  const engine = new OneContainer();
  engine.failures.push(failure, failure);
  await withEngine(engine.answer, async ({ job, started, result }) => {
    await started;
    job.stop('KILL');
    expect(await result).toMatchObject({ outcome: 'failed', exitCode: 137 });
    expect(engine.failures).toEqual([]);
  });
});

test('docker: K4: so is the KILL of a task whose directory is too full', async () => {
  const engine = new OneContainer();
  engine.failures.push(cannotKill);
  const full: WorkDirs = {
    watch: (_path, limitBytes, over) => {
      over(limitBytes + 1);
      return { cancel: () => {} };
    },
    handOver: (_space, _user, done) => done(undefined),
    remove: () => {},
  };
  const story = async ({ result }: Observed): Promise<void> => {
    expect(await result).toMatchObject({ errorClass: 'work_dir_full' });
  };
  await withEngine(engine.answer, story, full);
});
