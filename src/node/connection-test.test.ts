import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { openPolicy } from '../model/http-policy.ts';
import { connectionTester } from './connection-test.ts';

/** `AuthenticationOk` and `ReadyForQuery` (PostgreSQL, 55.7), and never a word after that. */
const letIn = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

test('connection test: a server that falls silent is given up', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(letIn));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = String(typeof address === 'object' ? address?.port : 0);
  const tried = await connectionTester(openPolicy, 300).test('postgres', {
    ...{ kind: 'postgres', host: '127.0.0.1', port, user: 'etl' },
  });
  expect(tried).toMatchObject({ reached: false, detail: 'no answer within 300ms' });
  server.close();
});
