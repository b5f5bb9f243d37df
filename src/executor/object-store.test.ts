import { afterAll, beforeAll, expect, it } from 'vitest';
import { type S3Server, s3Server } from '../../test/support/s3-server.ts';
import { openObjectStore } from './object-store.ts';
// As in an executor that has run an HTTP task: undici brings another dispatcher for `fetch`.
import './runners/http-agent.ts';

let server: S3Server;
beforeAll(async () => {
  server = await s3Server();
});
afterAll(() => server.close());

it('object store: what was put is there, whatever bytes it has', async () => {
  const store = await openObjectStore(server.settings);
  const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256);
  await store.put('a/b/1', bytes);
  await store.put('a/c', new Uint8Array([2]));
  expect(await store.get('a/b/1')).toEqual(bytes);
  expect(await store.get('a/none')).toBeUndefined();
  await store.put('a/b/1', new Uint8Array([1]));
  expect(await store.get('a/b/1')).toEqual(new Uint8Array([1]));
});

it('object store: keys are listed by how they begin, and removed once or twice', async () => {
  const store = await openObjectStore(server.settings);
  for (const key of ['l/b/1', 'l/b/2', 'l/c', 'm']) await store.put(key, new Uint8Array([1]));
  expect([...(await store.list('l/', 10))].sort()).toEqual(['l/b/1', 'l/b/2', 'l/c']);
  expect(await store.list('none/', 10)).toEqual([]);
  await store.remove('l/b/1');
  await store.remove('l/b/1');
  expect(await store.get('l/b/1')).toBeUndefined();
  expect([...(await store.list('l/b', 10))]).toEqual(['l/b/2']);
});

it('object store: a bucket that is not there, or nobody at all, is a failure', async () => {
  const none = await openObjectStore({ ...server.settings, bucket: 'none' });
  await expect(none.put('a', new Uint8Array([1]))).rejects.toThrow();
  const nobody = await openObjectStore({ ...server.settings, endpoint: 'http://127.0.0.1:1' });
  await expect(nobody.put('a', new Uint8Array([1]))).rejects.toThrow();
  await expect(nobody.get('a')).rejects.toThrow();
});
