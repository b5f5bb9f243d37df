import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Lines, lineBytesMax, lineOf } from './adoption-lines.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** Two ends of one connection. */
async function pair(): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server: Server = createServer();
  const far = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const near = connect(typeof address === 'object' && address !== null ? address.port : 0);
  const ends = { near, far: await far };
  cleanUps.push(() => {
    server.close();
    ends.near.destroy();
    ends.far.destroy();
  });
  return ends;
}

test('lines: messages arrive in order, however they are cut', async () => {
  const { near, far } = await pair();
  const lines = new Lines(near);
  const text = lineOf({ a: 'ü' }) + lineOf({ b: 2 }) + lineOf({ c: 3 });
  const bytes = Buffer.from(text);
  for (const byte of bytes) far.write(Buffer.from([byte]));
  expect(await lines.next(1_000)).toEqual({ a: 'ü' });
  expect(await lines.next(1_000)).toEqual({ b: 2 });
  const heard: unknown[] = [];
  lines.listen((message) => heard.push(message));
  far.write(lineOf({ d: 4 }));
  await expect.poll(() => heard).toEqual([{ c: 3 }, { d: 4 }]);
});

test('lines: silence and an end are nothing', async () => {
  const { near, far } = await pair();
  const lines = new Lines(near);
  expect(await lines.next(10)).toBeUndefined();
  far.destroy();
  expect(await lines.next(5_000)).toBeUndefined();
});

test.each([
  ['is too long', 'x'.repeat(lineBytesMax + 1)],
  ['is no JSON', '{"a":\n'],
  ['says nothing', 'null\n'],
])('lines: who sends what %s is not spoken to any more', async (_, text) => {
  const { near, far } = await pair();
  const lines = new Lines(near);
  far.on('error', () => {});
  far.write(text);
  expect(await lines.next(5_000)).toBeUndefined();
  expect(near.destroyed).toBe(true);
});

test('lines: who says much that nobody listens to is not spoken to any more', async () => {
  const { near, far } = await pair();
  new Lines(near);
  far.on('error', () => {});
  far.write('1\n'.repeat(1_001));
  await expect.poll(() => near.destroyed).toBe(true);
});
