import { createConnection, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type BrokerOptions, controlLineBytesMax, pingsOutMax } from './options.ts';
import { runBroker } from './run.ts';
import { type Broker, startBroker } from './server.ts';

const waitMsMax = 10_000;
const connectLine = 'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n';

/** A client that speaks the protocol with its own hands. */
class Raw {
  readonly socket: Socket;
  text = '';
  ended = false;

  constructor(port: number) {
    this.socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (bytes) => {
      this.text += bytes.toString('latin1');
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.ended = true;
    });
  }

  say(text: string): void {
    this.socket.write(text);
  }

  /** Everything that was said since the last time, up to and with the answer to a ping of ours. */
  async answers(): Promise<string> {
    this.say('PING\r\n');
    await until('PONG', () => this.text.includes('PONG\r\n'));
    const at = this.text.indexOf('PONG\r\n');
    const before = this.text.slice(0, at);
    this.text = this.text.slice(at + 'PONG\r\n'.length);
    return before;
  }

  async farewell(): Promise<string> {
    await until('the connection is closed', () => this.ended);
    return this.text;
  }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + waitMsMax;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((wake) => setTimeout(wake, 2));
  }
}

describe('broker', () => {
  let open: { broker: Broker; clients: Raw[] };
  beforeEach(async () => {
    open = { broker: await start({}), clients: [] };
  });
  afterEach(async () => {
    for (const { socket } of open.clients) socket.destroy();
    await open.broker.close();
  });

  async function start(options: BrokerOptions): Promise<Broker> {
    const started = await startBroker({ ...options, port: 0 });
    if (!started.ok) throw new Error(started.error.message);
    return started.value;
  }

  async function restartWith(options: BrokerOptions): Promise<void> {
    await open.broker.close();
    open.broker = await start(options);
  }

  async function client(hello = connectLine): Promise<Raw> {
    const raw = new Raw(open.broker.port);
    open.clients.push(raw);
    await until('INFO', () => raw.text.includes('\r\n'));
    if (hello === '') return raw;
    raw.say(hello);
    await raw.answers();
    return raw;
  }

  test('INFO says what a client must know', async () => {
    const raw = await client('');
    const info: unknown = JSON.parse(raw.text.slice('INFO '.length));
    expect(info).toMatchObject({ headers: true, max_payload: 2 ** 20, proto: 1 });
    expect(info).not.toHaveProperty('auth_required');
  });

  test('a message reaches those who subscribed, with the sid of each', async () => {
    const [a, b] = [await client(), await client()];
    a.say('SUB news.eu 1\r\nsub  news.eu\t7\r\n');
    b.say('SUB other 1\r\n');
    await a.answers();
    await b.answers();
    b.say('PUB news.eu 5\r\nhello\r\nPUB news.eu reply.to 0\r\n\r\n');
    await b.answers();
    expect(await a.answers()).toBe(
      'MSG news.eu 1 5\r\nhello\r\nMSG news.eu 7 5\r\nhello\r\n' +
        'MSG news.eu 1 reply.to 0\r\n\r\nMSG news.eu 7 reply.to 0\r\n\r\n',
    );
  });

  test('operations may arrive byte by byte, and payloads may look like operations', async () => {
    const raw = await client();
    const script = 'SUB x 1\r\nPUB x 14\r\nPUB x 1\r\n\r\n\r\nx\r\nPING\r\n';
    for (const byte of script) {
      raw.say(byte);
      await new Promise((sent) => setImmediate(sent));
    }
    await until('both PONGs', () => raw.text.includes('PONG'));
    expect(raw.text).toBe('MSG x 1 14\r\nPUB x 1\r\n\r\n\r\nx\r\nPONG\r\n');
  });

  test.each([
    ['a.*.c', ['a.b.c'], ['a.c', 'a.b.b.c', 'a.b.d']],
    ['a.>', ['a.b', 'a.b.c'], ['a', 'b.a']],
    ['>', ['a', 'a.b'], []],
    ['*', ['a'], ['a.b']],
    ['a.*.>', ['a.b.c', 'a.b.c.d'], ['a.b']],
  ])('the pattern %s matches %j and not %j', async (pattern, matching, others) => {
    const raw = await client();
    raw.say(`SUB ${pattern} 1\r\n`);
    for (const subject of [...matching, ...others]) raw.say(`PUB ${subject} 0\r\n\r\n`);
    expect(await raw.answers()).toBe(matching.map((s) => `MSG ${s} 1 0\r\n\r\n`).join(''));
  });

  test('UNSUB ends a subscription at once, or after so many messages', async () => {
    const raw = await client();
    raw.say('SUB x 1\r\nSUB x 2\r\nSUB x 3\r\nUNSUB 1\r\nUNSUB 2 2\r\n');
    for (let i = 0; i < 3; i++) raw.say(`PUB x 1\r\n${i}\r\n`);
    const heard = (await raw.answers()).match(/MSG x \d/g);
    expect(heard).toEqual(['MSG x 2', 'MSG x 3', 'MSG x 2', 'MSG x 3', 'MSG x 3']);
    raw.say('UNSUB 3 2\r\nUNSUB 99\r\nPUB x 0\r\n\r\n');
    expect(await raw.answers()).toBe('');
    expect(open.broker.counters().subscriptions).toBe(0);
  });

  test('a sid that is subscribed twice is one subscription', async () => {
    const raw = await client();
    raw.say('SUB x 1\r\nSUB x 1\r\nPUB x 0\r\n\r\n');
    expect(await raw.answers()).toBe('MSG x 1 0\r\n\r\n');
  });

  test('of a queue group one member gets each message; others are not affected', async () => {
    const [a, b] = [await client(), await client()];
    a.say('SUB x workers 1\r\nSUB x 3\r\n');
    b.say('SUB x workers 2\r\n');
    await a.answers();
    await b.answers();
    for (let i = 0; i < 10; i++) a.say('PUB x 0\r\n\r\n');
    const heard = (await a.answers()) + (await b.answers());
    const count = (line: string): number => heard.split(line).length - 1;
    expect(count('MSG x 3 0')).toBe(10);
    expect(count('MSG x 1 0') + count('MSG x 2 0')).toBe(10);
    expect(Math.min(count('MSG x 1 0'), count('MSG x 2 0'))).toBeGreaterThan(0);
  });

  test('headers go to those who know them and are cut off for the others', async () => {
    const [modern, old] = [await client(), await client('CONNECT {"verbose":false}\r\n')];
    modern.say('SUB x 1\r\n');
    old.say('SUB x 1\r\n');
    await modern.answers();
    await old.answers();
    const head = 'NATS/1.0\r\nA: b\r\n\r\n';
    modern.say(`HPUB x re ${head.length} ${head.length + 2}\r\n${head}hi\r\n`);
    expect(await modern.answers()).toBe(
      `HMSG x 1 re ${head.length} ${head.length + 2}\r\n${head}hi\r\n`,
    );
    expect(await old.answers()).toBe('MSG x 1 re 2\r\nhi\r\n');
  });

  test('a request that nobody hears is answered with 503', async () => {
    const raw = await client();
    raw.say('SUB inbox.* 9\r\nPUB nobody inbox.7 0\r\n\r\n');
    expect(await raw.answers()).toBe('HMSG inbox.7 9 16 16\r\nNATS/1.0 503\r\n\r\n\r\n');
    const old = await client('CONNECT {"verbose":false}\r\n');
    old.say('SUB inbox.* 9\r\nPUB nobody inbox.7 0\r\n\r\n');
    expect(await old.answers()).toBe('');
  });

  test('a client without echo does not hear itself', async () => {
    const raw = await client('CONNECT {"verbose":false,"echo":false}\r\n');
    const other = await client();
    raw.say('SUB x 1\r\n');
    other.say('SUB x 1\r\n');
    await other.answers();
    raw.say('PUB x 0\r\n\r\n');
    expect(await raw.answers()).toBe('');
    expect(await other.answers()).toBe('MSG x 1 0\r\n\r\n');
  });

  test('a verbose client hears +OK for each operation', async () => {
    const raw = await client('CONNECT {"verbose":true}\r\n');
    raw.say('SUB y 1\r\nPUB x 0\r\n\r\nUNSUB 1\r\n');
    expect(await raw.answers()).toBe('+OK\r\n+OK\r\n+OK\r\n');
  });

  const long = 'x'.repeat(controlLineBytesMax + 1);
  test.each([
    ['a payload above the limit', 'PUB x 1048577\r\n', 'Maximum Payload Violation'],
    ['an unknown verb', 'SHOUT x\r\n', 'Unknown Protocol Operation'],
    ['a payload without a size', 'PUB x\r\n', 'Unknown Protocol Operation'],
    ['a negative size', 'PUB x -1\r\n', 'Unknown Protocol Operation'],
    ['headers longer than the whole', 'HPUB x 9 1\r\n', 'Unknown Protocol Operation'],
    ['a payload longer than its size', 'PUB x 1\r\nabc\r\n', 'Unknown Protocol Operation'],
    ['a subscription without a sid', 'SUB x\r\n', 'Unknown Protocol Operation'],
    ['a line above the limit', `SUB ${long} 1\r\n`, 'Maximum Control Line Exceeded'],
    ['a line without an end', long, 'Maximum Control Line Exceeded'],
  ])('%s is named as a violation, and the connection closes', async (_, line, name) => {
    const raw = await client();
    raw.say(line);
    expect(await raw.farewell()).toBe(`-ERR '${name}'\r\n`);
    await until('it is forgotten', () => open.broker.counters().clients === 0);
  });

  test('a subject that is none is refused, and the connection stays', async () => {
    const raw = await client();
    raw.say('SUB a..b 1\r\nSUB a.>.b 2\r\n');
    expect(await raw.answers()).toBe("-ERR 'Invalid Subject'\r\n-ERR 'Invalid Subject'\r\n");
  });

  test('with credentials nobody does anything before showing them', async () => {
    await restartWith({ credentials: { kind: 'password', user: 'u', pass: 'p' } });
    const early = await client('');
    expect(early.text).toContain('"auth_required":true');
    early.say('SUB x 1\r\n');
    expect(await early.farewell()).toContain("-ERR 'Authorization Violation'");
    const wrong = await client('');
    wrong.say('CONNECT {"user":"u","pass":"q"}\r\n');
    expect(await wrong.farewell()).toContain("-ERR 'Authorization Violation'");
    const right = await client('CONNECT {"user":"u","pass":"p","verbose":false}\r\n');
    right.say('SUB x 1\r\nPUB x 0\r\n\r\n');
    expect(await right.answers()).toBe('MSG x 1 0\r\n\r\n');
  });

  test('a client that does not read is cut, and the others do not notice', async () => {
    await restartWith({ maxPendingBytes: 4 * 2 ** 20 });
    const [slow, fast, source] = [await client(), await client(), await client()];
    slow.say('SUB x 1\r\n');
    fast.say('SUB x 1\r\n');
    await slow.answers();
    await fast.answers();
    slow.socket.pause();
    let received = 0;
    fast.socket.removeAllListeners('data');
    fast.socket.on('data', (bytes) => {
      received += bytes.length;
    });
    const piece = `PUB x 100000\r\n${'y'.repeat(100_000)}\r\n`;
    for (let i = 0; i < 200; i++) {
      source.say(piece);
      if (i % 10 === 0) await source.answers();
    }
    await until('the fast one has everything', () => received >= 200 * 100_000);
    expect(open.broker.counters()).toMatchObject({ slowConsumerCuts: 1, clients: 2 });
    slow.socket.resume();
    await slow.farewell();
  });

  test('a client that takes nothing until the deadline is cut', async () => {
    await restartWith({ writeDeadlineMs: 100 });
    const [slow, source] = [await client(), await client()];
    slow.say('SUB x 1\r\n');
    await slow.answers();
    slow.socket.pause();
    const piece = `PUB x 1000000\r\n${'y'.repeat(1_000_000)}\r\n`;
    for (let i = 0; i < 20; i++) source.say(piece);
    await until('it is cut', () => open.broker.counters().slowConsumerCuts === 1);
  });

  test('a client that answers no ping is stale', async () => {
    await restartWith({ pingIntervalMs: 100 });
    const mute = await client();
    expect(await mute.farewell()).toContain("-ERR 'Stale Connection'");
    expect(mute.text).toContain('PING\r\n');
    expect(open.broker.counters().staleCuts).toBe(1);
  });

  test('a client that answers pings stays', async () => {
    await restartWith({ pingIntervalMs: 200 });
    const raw = await client('');
    let pings = 0;
    raw.socket.on('data', (bytes) => {
      if (!bytes.toString('latin1').includes('PING')) return;
      pings++;
      raw.say('PONG\r\n');
    });
    await until('it was asked more often than a mute one', () => pings > pingsOutMax + 1);
    expect(raw.ended).toBe(false);
    expect(open.broker.counters().staleCuts).toBe(0);
  });

  test('a port in use is a refusal that says so', async () => {
    const second = await startBroker({ port: open.broker.port });
    expect(second).toMatchObject({ ok: false, error: { code: 'PORT_IN_USE' } });
    expect(second.ok ? '' : second.error.message).toContain(String(open.broker.port));
    const nowhere = await startBroker({ host: '203.0.113.1', port: 0 });
    expect(nowhere).toMatchObject({ ok: false, error: { code: 'ADDRESS_UNUSABLE' } });
  });

  test('the process ends with a sentence when the port is taken', async () => {
    const said: string[] = [];
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
    const code = await runBroker({ port: open.broker.port });
    spy.mockRestore();
    expect(code).toBe(1);
    expect(said.join('')).toContain('PORT_IN_USE');
  });

  test('many messages to many subscribers keep their order', async () => {
    const clients = [await client(), await client(), await client()];
    for (const raw of clients) raw.say('SUB n.* 1\r\n');
    for (const raw of clients) await raw.answers();
    const numbers = Array.from({ length: 3000 }, (_, i) => String(i));
    const [source] = clients;
    source?.say(numbers.map((n) => `PUB n.${n} ${n.length}\r\n${n}\r\n`).join(''));
    await source?.answers().then((text) => {
      source.text = text;
    });
    const expected = numbers.map((n) => `MSG n.${n} 1 ${n.length}\r\n${n}\r\n`).join('');
    for (const raw of clients.slice(1)) expect(await raw.answers()).toBe(expected);
    expect(source?.text).toBe(expected);
  });
});
