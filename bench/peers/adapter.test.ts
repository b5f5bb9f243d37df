import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { freePorts } from '../../cluster/places.ts';
import { Adapter } from './adapter.ts';

const folder = mkdtempSync(join(tmpdir(), 'skein-adapter-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const puts = { kind: 'puts', bytes: 256, inFlight: 2, seconds: 0.1 } as const;

it('says why a peer did not do its work, and takes the next', async () => {
  const [port] = await freePorts(1);
  const leader = `http://127.0.0.1:${port}`;
  const adapter = await Adapter.start('etcd', { leader }, join(folder, 'nobody.log'));
  await expect(adapter.does(puts)).rejects.toThrow(/etcd: .*ECONNREFUSED/s);
  await expect(adapter.does(puts)).rejects.toThrow(/etcd: .*ECONNREFUSED/s);
  await adapter.stop();
});

it('refuses a put that the server did not carry out', async () => {
  const server = createServer();
  // The status of gRPC for "unavailable", as a member without a leader gives it.
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'grpc-status': '14' }, { endStream: true });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  const settings = { leader: `http://127.0.0.1:${port}` };
  const adapter = await Adapter.start('etcd', settings, join(folder, 'unavailable.log'));
  await expect(adapter.does(puts)).rejects.toThrow(/gRPC status 14/);
  await adapter.stop();
  server.close();
});

it('says that an adapter ended, and its last words', async () => {
  const start = Adapter.start('bullmq', { packages: folder }, join(folder, 'none.log'));
  await expect(start).rejects.toThrow(/bullmq: ended with code 1[\s\S]*load\.mjs/);
});
