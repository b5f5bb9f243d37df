import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectEngine, type Engine } from './engine.ts';

/** Runs `story` with an engine that answers as `answer` does. */
async function withEngine(
  answer: RequestListener,
  story: (engine: Engine) => Promise<void>,
  callMs?: number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'skein-engine-'));
  const socket = join(folder, 'socket');
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  await story(await connectEngine(socket, {}, callMs));
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
}

test('engine: one that takes a call and never answers it counts as gone', async () => {
  const story = async (engine: Engine): Promise<void> => {
    const { signal } = new AbortController();
    const gone = { fault: 'docker_unavailable', message: expect.stringContaining('not answer') };
    await expect(engine.hasImage('busybox')).rejects.toMatchObject(gone);
    await expect(engine.cores()).rejects.toMatchObject(gone);
    await expect(engine.attach('0123', signal)).rejects.toMatchObject(gone);
    await expect(engine.inspect('0123')).rejects.toMatchObject(gone);
  };
  await withEngine(() => {}, story, 100);
});

test.each([
  [404, 'gone', 'done'],
  [409, 'ended', 'done'],
  [500, 'ended', 'done'],
  [500, 'running', 'still running'],
])('engine: a KILL that is answered with %i where the container is %s', async (...row) => {
  const [status, container, expected] = row;
  const answer: RequestListener = (request, response) => {
    const state = { Running: container === 'running' };
    if (request.method === 'GET') response.end(JSON.stringify({ State: state, Config: {} }));
    else response.writeHead(status).end(JSON.stringify({ message: 'still running' }));
  };
  await withEngine(answer, async (engine) => {
    const killed = engine.kill('0123', 'SIGKILL').then(
      () => 'done',
      (error: Error) => error.message,
    );
    expect(await killed).toBe(expected);
  });
});

test('engine: a pull is given up where an engine waits in silence for a registry', async () => {
  let asked = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  await withEngine(asked, async (engine) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { signal } = new AbortController();
    const pulled = engine.pull('busybox', signal).catch((error: unknown) => error);
    await isAsked;
    vi.advanceTimersByTime(5 * 60_000);
    expect(await pulled).toMatchObject({
      fault: 'image_missing',
      message: 'image busybox cannot be pulled: nothing was heard of it for 5m00s',
    });
  });
});

test('engine: the client cuts off no quiet container, whatever the environment says', async () => {
  vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:2375');
  vi.stubEnv('DOCKER_CLIENT_TIMEOUT', '1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const answer: RequestListener = (_, response) => {
    response.flushHeaders();
    setTimeout(() => response.end('the end'), 50);
  };
  await withEngine(answer, async (engine) => {
    const chunks = await engine.attach('0123', new AbortController().signal);
    expect(await text(chunks)).toBe('the end');
  });
});

test('engine: one behind ssh is refused with what to do instead', async () => {
  await expect(connectEngine('ssh://me@10.0.0.7', {})).rejects.toMatchObject({
    fault: 'docker_unavailable',
    message: expect.stringMatching(/by ssh: forward its socket \(ssh .* ssh:\/\/me@10\.0\.0\.7\)/),
  });
});
