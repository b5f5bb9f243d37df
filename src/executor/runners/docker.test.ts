import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DockerAction } from '../../model/container-action.ts';
import { realClock as clock } from '../../node/real-ports.ts';
import { nodeFiles as files } from '../node-files.ts';
import { dispatchOf } from '../testing/executor-story.ts';
import { observed } from '../testing/observed.ts';
import { DockerHost } from './docker/docker-host.ts';
import { dockerRunner } from './docker.ts';

const action: DockerAction = {
  ...{ kind: 'docker', image: 'busybox', command: ['true'], entrypoint: null, mounts: [] },
  ...{ network: null, user: null, workdir: null, pull: 'missing' },
};

test('docker: a stop is heard while an engine keeps us waiting', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'skein-docker-'));
  const socket = join(dataDir, 'socket');
  let asked = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const server = createServer((client) => client.on('error', () => {}).on('data', asked));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const owner = { cluster: 'cluster-1', node: 'n1', life: 'life-1' };
  const host = new DockerHost({ owner, dataDir, dockerHost: socket, env: {} });
  const runner = dockerRunner({ clock, files, dataDir, host });
  const { job, result, events } = observed(runner, dispatchOf('load', 1, { action }));
  await isAsked;
  job.stop('KILL');
  expect(await result).toMatchObject({ error: 'stopped before it started', retryable: true });
  expect(events).toEqual(['ended']);
  server.close();
  rmSync(dataDir, { recursive: true });
});
