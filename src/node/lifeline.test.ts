import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { type NodeId, nodeId } from '../base/brand.ts';
import { silentTrace } from '../base/trace.ts';
import { hintEveryMs, hintForMs, Lifeline } from './lifeline.ts';
import { lifelinePath } from './lifeline-connection.ts';

const [self, leader, other] = [nodeId('n1'), nodeId('n2'), nodeId('n3')];
const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A node as the lifeline sees it: answers at once, then says nothing more while it lives. */
class Process {
  readonly lines: ServerResponse[] = [];
  readonly #server: Server;
  #status = 200;

  constructor() {
    this.#server = createServer((request, response) => {
      const known = request.url === lifelinePath;
      response.writeHead(known ? this.#status : 404).flushHeaders();
      if (this.#status !== 200 || !known) response.end();
      this.lines.push(response);
    });
    cleanUps.push(() => this.kill());
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** A node of an earlier version does not know the path. */
  answerWith(status: number): void {
    this.#status = status;
  }

  /** What the kernel does for a process that was killed. */
  kill(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  cutConnections(): void {
    this.#server.closeAllConnections();
  }
}

/** A lifeline on real sockets and in virtual time, in which connections grow old when told. */
function scene(addresses: ReadonlyMap<NodeId, string>) {
  const clock = new VirtualClock();
  const hints: NodeId[] = [];
  const lifeline = new Lifeline({
    self,
    clock,
    trace: silentTrace,
    addressOf: (node) => addresses.get(node),
    dead: (node) => hints.push(node),
  });
  cleanUps.push(() => lifeline.stop());
  return { clock, hints, lifeline };
}

const addressOf = (port: number): string => `http://127.0.0.1:${port}`;

/** The lifeline of `scene` is open to a process that leads, and has been for a while. */
async function openScene() {
  const process = new Process();
  const port = await process.listen();
  const stage = scene(new Map([[leader, addressOf(port)]]));
  stage.lifeline.leaderIs(leader);
  await expect.poll(() => stage.lifeline.isOpen).toBe(true);
  stage.clock.advance(500);
  return { ...stage, process, port };
}

test('lifeline: a leader that is killed is reported at once', async () => {
  const { hints, process } = await openScene();
  process.kill();
  await expect.poll(() => hints).toEqual([leader]);
});

test('lifeline: the report is repeated while nobody leads, and not for ever', async () => {
  const { clock, hints, lifeline, process } = await openScene();
  process.kill();
  await expect.poll(() => hints.length).toBe(1);
  lifeline.leaderIs(undefined);
  clock.advance(4 * hintEveryMs);
  expect(hints).toHaveLength(5);
  clock.advance(2 * hintForMs);
  expect(hints).toHaveLength(hintForMs / hintEveryMs);
});

test('lifeline: the report ends when another node leads (Z3)', async () => {
  const { clock, hints, lifeline, process } = await openScene();
  process.kill();
  await expect.poll(() => hints.length).toBe(1);
  lifeline.leaderIs(other);
  clock.advance(hintForMs);
  expect(hints).toHaveLength(1);
});

test('lifeline: a connection that breaks is made anew, and says nothing (Z1)', async () => {
  const { hints, lifeline, process } = await openScene();
  process.cutConnections();
  await expect.poll(() => process.lines.length).toBe(2);
  await expect.poll(() => lifeline.isOpen).toBe(true);
  expect(hints).toEqual([]);
});

test('lifeline: a leader that was never reached is not reported (Z1)', async () => {
  const process = new Process();
  const port = await process.listen();
  process.kill();
  const { clock, hints, lifeline } = scene(new Map([[leader, addressOf(port)]]));
  lifeline.leaderIs(leader);
  const later = new Process();
  await later.listen(port);
  await expect
    .poll(() => {
      clock.advance(500);
      return lifeline.isOpen;
    })
    .toBe(true);
  expect(hints).toEqual([]);
});

test('lifeline: a leader that does not know the path lives, and is not reported', async () => {
  const { clock, hints, lifeline, process } = await openScene();
  process.answerWith(404);
  process.cutConnections();
  await expect.poll(() => process.lines.length).toBe(2);
  await expect
    .poll(() => {
      clock.advance(1_000);
      return process.lines.length;
    })
    .toBeGreaterThan(3);
  expect(lifeline.isOpen).toBe(false);
  expect(hints).toEqual([]);
});

test('lifeline: a leader whose address is not known yet is reached as soon as it is', async () => {
  const process = new Process();
  const addresses = new Map<NodeId, string>();
  const { clock, lifeline } = scene(addresses);
  lifeline.leaderIs(leader);
  clock.advance(1_000);
  addresses.set(leader, addressOf(await process.listen()));
  clock.advance(1_000);
  await expect.poll(() => lifeline.isOpen).toBe(true);
});

test('lifeline: the leader that comes back under its old address is watched again', async () => {
  const { hints, lifeline, process, port } = await openScene();
  process.kill();
  await expect.poll(() => hints.length).toBe(1);
  const restarted = new Process();
  await restarted.listen(port);
  lifeline.leaderIs(leader);
  await expect.poll(() => lifeline.isOpen).toBe(true);
  expect(hints).toHaveLength(1);
});

test('lifeline: a node that leads itself holds no connection', async () => {
  const { lifeline, process } = await openScene();
  lifeline.leaderIs(self);
  expect(lifeline.isOpen).toBe(false);
  await expect.poll(() => process.lines[0]?.destroyed).toBe(true);
  expect(process.lines).toHaveLength(1);
});

test('lifeline: the new leader is watched instead of the old one', async () => {
  const [first, second] = [new Process(), new Process()];
  const ports = [await first.listen(), await second.listen()];
  const places = [leader, other].map((node, at) => [node, addressOf(ports[at] ?? 0)] as const);
  const { clock, hints, lifeline } = scene(new Map(places));
  lifeline.leaderIs(leader);
  await expect.poll(() => lifeline.isOpen).toBe(true);
  lifeline.leaderIs(other);
  await expect.poll(() => lifeline.isOpen).toBe(true);
  await expect.poll(() => first.lines[0]?.destroyed).toBe(true);
  clock.advance(500);
  first.kill();
  second.kill();
  await expect.poll(() => hints).toEqual([other]);
});

test('lifeline: nothing is said after the stop (Z3)', async () => {
  const { clock, hints, lifeline, process } = await openScene();
  process.kill();
  await expect.poll(() => hints.length).toBe(1);
  lifeline.stop();
  lifeline.leaderIs(other);
  clock.advance(hintForMs);
  expect(hints).toHaveLength(1);
});
