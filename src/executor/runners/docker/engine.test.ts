import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectEngine } from './engine.ts';

test('engine: one that takes a call and never answers it counts as gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skein-engine-'));
  const socket = join(folder, 'socket');
  const server = createServer((client) => client.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const engine = await connectEngine(socket, {}, 100);
  const { signal } = new AbortController();
  const gone = { fault: 'docker_unavailable', message: expect.stringContaining('not answer') };
  await expect(engine.hasImage('busybox')).rejects.toMatchObject(gone);
  await expect(engine.cores()).rejects.toMatchObject(gone);
  await expect(engine.attach('0123', signal)).rejects.toMatchObject(gone);
  await expect(engine.inspect('0123')).rejects.toMatchObject(gone);
  server.close();
  rmSync(folder, { recursive: true });
});
