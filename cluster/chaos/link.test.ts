import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../problem.ts';
import { type Link, openLink } from './link.ts';

const waiting = { withinMs: 5_000, everyMs: 5 };

describe('chaos link', () => {
  let server: Server;
  let link: Link;
  let near: Socket;
  let heard = '';
  let echoed = '';
  let isClosed = false;

  beforeEach(async () => {
    heard = '';
    echoed = '';
    isClosed = false;
    server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        heard += bytes;
        socket.write(bytes);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    link = await openLink(typeof address === 'object' && address !== null ? address.port : 0);
    near = createConnection({ host: '127.0.0.1', port: link.port });
    near.on('data', (bytes) => (echoed += bytes));
    near.on('close', () => (isClosed = true));
    near.on('error', () => {});
    near.write('a');
    await until('an echo', waiting, () => echoed === 'a' || undefined);
  });

  afterEach(() => {
    near.destroy();
    link.close();
    server.close();
  });

  it('hands on late, and in order, what it held', async () => {
    link.set(['there'], { mode: 'hold' });
    near.write('b');
    near.write('c');
    expect(heard).toBe('a');
    link.heal();
    await until('what was held', waiting, () => echoed === 'abc' || undefined);
    expect(isClosed).toBe(false);
  });

  it('cut one way loses what goes that way and passes what goes the other', async () => {
    link.set(['back'], { mode: 'drop' });
    near.write('b');
    await until('the way there', waiting, () => heard === 'ab' || undefined);
    expect(echoed).toBe('a');
  });

  it('closes a connection that has lost bytes when it is healed', async () => {
    link.set(['back'], { mode: 'drop' });
    near.write('b');
    await until('the way there', waiting, () => heard === 'ab' || undefined);
    await until('the loss', waiting, () => {
      link.heal();
      return isClosed || undefined;
    });
    expect(echoed).toBe('a');
  });

  it('keeps the order of pieces whose delays differ', async () => {
    link.set(['there'], { delayMs: 10, jitterMs: 10 });
    for (const letter of 'bcdefgh') near.write(letter);
    await until('all of it', waiting, () => heard.length === 8 || undefined);
    expect(heard).toBe('abcdefgh');
  });

  it('lets no more bytes through than its throttle allows', async () => {
    link.set(['there'], { bytesPerSecond: 100_000 });
    const startMs = performance.now();
    near.write('x'.repeat(20_000));
    await until('all of it', waiting, () => heard.length === 20_001 || undefined);
    expect(performance.now() - startMs).toBeGreaterThan(150);
  });
});
