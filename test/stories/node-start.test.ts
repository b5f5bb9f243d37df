/** `skein node start` from the outside: every refusal is one line with a code and what to do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout, freePorts } from '../../cluster/places.ts';
import { until } from '../../cluster/problem.ts';
import { present } from '../../src/base/assert.ts';
import { type Broker, startBroker } from '../../src/transport/broker/server.ts';

const skein = join(checkout, 'bin/skein');
let folder: string;
let broker: Broker;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skein-start-'));
  const started = await startBroker({ port: 0 });
  if (!started.ok) throw new Error(started.error.message);
  broker = started.value;
});
afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly lastLine: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

function start(args: readonly string[]): Started {
  const child = spawn(process.execPath, [skein, 'node', 'start', '--expect', '1', ...args]);
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on('exit', (code) => {
      resolve({ code, lastLine: said.trimEnd().split('\n').at(-1) ?? '' });
    }),
  );
  return { child, ended };
}

async function port(): Promise<string> {
  const [free] = await freePorts(1);
  return String(present(free, 'there is a free port'));
}

const node = async (name: string, more: readonly string[]): Promise<readonly string[]> => {
  const data = join(folder, name);
  return ['--name', name, '--data', data, '--nats', broker.url, '--port', await port(), ...more];
};

const patience = { withinMs: 20_000, everyMs: 50 };

// At once, because one of them waits for a server that never answers.
describe.concurrent('node start', () => {
  it('names the NATS server that does not answer, and ends so that it is tried again', async () => {
    const nowhere = `nats://127.0.0.1:${await port()}`;
    const { code, lastLine } = await start(await node('n1', ['--nats', nowhere])).ended;
    expect([code, lastLine]).toEqual([1, expect.stringContaining('NATS_UNREACHABLE')]);
    expect(lastLine).toContain('start nats-server');
  });

  it('hears that it is to stop while it waits for NATS, and ends as asked', async () => {
    const nowhere = `nats://127.0.0.1:${await port()}`;
    const { child, ended } = start(await node('n5', ['--nats', nowhere]));
    await until('its directory', patience, async () => existsSync(join(folder, 'n5')) || undefined);
    const askedAt = performance.now();
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect(performance.now() - askedAt).toBeLessThan(5_000);
  });

  it('names the port that is taken, and ends with 73', async () => {
    const server = createServer();
    const taken = Number(await port());
    await new Promise<void>((done) => server.listen(taken, '127.0.0.1', done));
    const { code, lastLine } = await start(await node('n2', ['--port', String(taken)])).ended;
    server.close();
    expect([code, lastLine]).toEqual([73, expect.stringContaining('PORT_IN_USE')]);
    expect(lastLine).toContain('--port');
  });

  it('hands a wrong setting back with its key, its source and what is allowed', async () => {
    const { code, lastLine } = await start(await node('n3', ['--expect', '4'])).ended;
    const line = 'skein: CONFIG_INVALID: expect (flag --expect): one of 1, 3, 5, 7';
    expect([code, lastLine]).toEqual([73, line]);
  });

  it('refuses the data of another cluster, and of a node that runs', async () => {
    const mine = await node('n4', []);
    const first = start(mine);
    const address = `http://127.0.0.1:${mine[mine.indexOf('--port') + 1]}/readyz`;
    const isReady = async () => (await fetch(address).catch(() => undefined))?.ok || undefined;
    await until('the node', patience, isReady);
    const twice = await start([...mine, '--port', await port()]).ended;
    expect([twice.code, twice.lastLine]).toEqual([
      71,
      expect.stringContaining('NODE_ALREADY_RUNS'),
    ]);
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    const other = await start([...mine, '--cluster', 'other']).ended;
    expect([other.code, other.lastLine]).toEqual([71, expect.stringContaining('OTHER_CLUSTER')]);
    const again = start(mine);
    await until('the node', patience, isReady);
    again.child.kill('SIGTERM');
    expect((await again.ended).code).toBe(0);
  });
});
