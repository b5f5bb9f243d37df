/**
 * The conformance suite of the Network port: what every body must do alike, written once.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Lane, Network, ProbeAnswer } from '../../src/base/ports.ts';

/** One server (or hub) and the processes that a test connects to it. */
export interface NetworkWorld {
  /** Connects one more process. */
  join(name: string): Promise<Network>;
  /** Resolves when everything that a process has asked for before is known to the server. */
  settle(network: Network): Promise<void>;
  /** The process is dead: nothing of it is left at the server. */
  kill(network: Network): Promise<void>;
  /** The server dies and comes back; in memory everybody is cut off and connected again. */
  readonly server: { kill(): Promise<void>; restart(): Promise<void> };
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly maxPayloadBytes?: number;
}

const waitMsMax = 10_000;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytes = (content: string): Uint8Array => Buffer.from(content);

/** Waits for a condition, never for a time. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + waitMsMax;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((wake) => setTimeout(wake, 2));
  }
}

function inboxOf(network: Network, lane: Lane, subject: string): string[] {
  const heard: string[] = [];
  network.subscribe(lane, subject, (payload) => heard.push(text(payload)));
  return heard;
}

const ask = (network: Network, subject: string, timeoutMs: number): Promise<ProbeAnswer> =>
  new Promise((resolve) => network.probe(subject, timeoutMs, resolve));

/** Runs the suite against one body. */
export function networkSuite(
  body: string,
  openWorld: (options?: WorldOptions) => Promise<NetworkWorld>,
): void {
  describe(`network (${body})`, () => {
    let world: NetworkWorld;
    beforeEach(async () => {
      world = await openWorld();
    });
    afterEach(() => world.close());

    deliveryTests(() => world);
    weaknessTests(() => world);
    probeTests(() => world);
    payloadTests(openWorld, () => world);
    serverTests(() => world);
  });
}

function deliveryTests(world: () => NetworkWorld): void {
  test('messages of one publisher on one lane arrive in their order', async () => {
    const [a, b] = [await world().join('a'), await world().join('b')];
    const heard = inboxOf(b, 'control', 's.order');
    await world().settle(b);
    const sent = Array.from({ length: 2000 }, (_, index) => String(index));
    for (const message of sent) a.publish('control', 's.order', bytes(message));
    await until('all have arrived', () => heard.length === sent.length);
    expect(heard).toEqual(sent);
  });

  test('a message reaches every subscriber once, but not the one who sent it', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const all = await Promise.all(names.map((name) => world().join(name)));
    const heard = all.map((network) => inboxOf(network, 'control', 's.all'));
    for (const network of all) await world().settle(network);
    all[0]?.publish('control', 's.all', bytes('hello'));
    all[1]?.publish('control', 's.all', bytes('done'));
    await until('both messages are everywhere', () => {
      const arrived = heard.map((messages) => messages.length).join();
      return arrived === '1,1,2,2';
    });
    expect(heard.map((messages) => [...messages].sort())).toEqual([
      ['done'],
      ['hello'],
      ['done', 'hello'],
      ['done', 'hello'],
    ]);
  });

  test('both lanes carry messages and keep them apart by subject', async () => {
    const [a, b] = [await world().join('a'), await world().join('b')];
    const control = inboxOf(b, 'control', 's.control');
    const bulk = inboxOf(b, 'bulk', 's.bulk');
    await world().settle(b);
    a.publish('control', 's.control', bytes('small'));
    a.publish('bulk', 's.bulk', bytes('large'));
    await until('both have arrived', () => control.length + bulk.length === 2);
    expect([control, bulk]).toEqual([['small'], ['large']]);
    expect([a.connected('control'), a.connected('bulk')]).toEqual([true, true]);
  });
}

function weaknessTests(world: () => NetworkWorld): void {
  test('nothing is delivered in the stack of the publisher', async () => {
    const [a, b] = [await world().join('a'), await world().join('b')];
    const heard = inboxOf(b, 'control', 's.stack');
    await world().settle(b);
    a.publish('control', 's.stack', bytes('later'));
    expect(heard).toEqual([]);
    await until('it has arrived', () => heard.length === 1);
  });

  test('a cancelled subscription hears nothing more; cancelling twice is harmless', async () => {
    const [a, b] = [await world().join('a'), await world().join('b')];
    const heard: string[] = [];
    const subscription = b.subscribe('control', 's.cancel', (m) => heard.push(text(m)));
    const witness = inboxOf(b, 'control', 's.cancel');
    await world().settle(b);
    a.publish('control', 's.cancel', bytes('one'));
    await until('the first has arrived', () => witness.length === 1 && heard.length === 1);
    subscription.cancel();
    subscription.cancel();
    a.publish('control', 's.cancel', bytes('two'));
    await until('the second has arrived elsewhere', () => witness.length === 2);
    expect(heard).toEqual(['one']);
  });

  test('a message to nobody is lost, and the sender is not told', async () => {
    const a = await world().join('a');
    expect(() => a.publish('control', 's.void', bytes('lost'))).not.toThrow();
    await world().settle(a);
    expect(a.connected('control')).toBe(true);
    expect(a.counters()).toMatchObject({ reconnects: 0, slowConsumerCuts: 0 });
  });

  test('receivers do not share bytes with the sender', async () => {
    const [a, b] = [await world().join('a'), await world().join('b')];
    const heard: Uint8Array[] = [];
    b.subscribe('control', 's.alias', (payload) => heard.push(payload));
    await world().settle(b);
    const payload = bytes('mine');
    a.publish('control', 's.alias', payload);
    await until('it has arrived', () => heard.length === 1);
    payload.fill(0);
    expect(text(heard[0] ?? payload)).toBe('mine');
  });
}

function probeTests(world: () => NetworkWorld): void {
  test('a probe of a subject without listeners learns at once that nobody is there', async () => {
    const a = await world().join('a');
    const startedMs = performance.now();
    expect(await ask(a, 's.nobody', 5000)).toBe('nobody');
    expect(performance.now() - startedMs).toBeLessThan(2500);
  });

  test('a probe is answered by a listener that replies', async () => {
    const [a, b] = [await world().join('a'), await world().join('b')];
    b.subscribe('control', 's.alive', (_, reply) => reply(bytes('here')));
    await world().settle(b);
    expect(await ask(a, 's.alive', 5000)).toBe('answered');
  });

  test('a probe of a listener that says nothing ends in silence', async () => {
    const [a, b] = [await world().join('a'), await world().join('b')];
    inboxOf(b, 'control', 's.mute');
    await world().settle(b);
    expect(await ask(a, 's.mute', 100)).toBe('silence');
  });

  test('a probe of a process that died learns that nobody is there', async () => {
    const [a, b] = [await world().join('a'), await world().join('b')];
    b.subscribe('control', 's.dead', (_, reply) => reply(bytes('here')));
    await world().settle(b);
    expect(await ask(a, 's.dead', 5000)).toBe('answered');
    await world().kill(b);
    // The probe may overtake the news of the death once; then it ends in silence.
    const answers = [await ask(a, 's.dead', 500), await ask(a, 's.dead', 500)];
    expect(answers).not.toContain('answered');
    expect(answers[1]).toBe('nobody');
  });

  test('a probe never answers in the stack of its caller', async () => {
    const a = await world().join('a');
    let answered = false;
    const answer = new Promise<void>((resolve) => {
      a.probe('s.stack', 5000, () => {
        answered = true;
        resolve();
      });
    });
    expect(answered).toBe(false);
    await answer;
  });
}

function payloadTests(
  openWorld: (options?: WorldOptions) => Promise<NetworkWorld>,
  world: () => NetworkWorld,
): void {
  test('a payload of the largest size arrives whole, and so does an empty one', async () => {
    const [a, b] = [await world().join('a'), await world().join('b')];
    const heard: Uint8Array[] = [];
    b.subscribe('bulk', 's.large', (payload) => heard.push(payload));
    await world().settle(b);
    const large = Uint8Array.from({ length: a.maxPayloadBytes() }, (_, at) => (at * 31) & 0xff);
    a.publish('bulk', 's.large', large);
    a.publish('bulk', 's.large', new Uint8Array(0));
    await until('both have arrived', () => heard.length === 2);
    expect(Buffer.compare(heard[0] ?? large.subarray(1), large)).toBe(0);
    expect(heard[1]?.length).toBe(0);
  });

  test('a payload above the limit of the server is a broken promise of the caller', async () => {
    const small = await openWorld({ maxPayloadBytes: 4096 });
    try {
      const a = await small.join('a');
      expect(a.maxPayloadBytes()).toBe(4096);
      expect(() => a.publish('bulk', 's.huge', new Uint8Array(4097))).toThrow(/payload/);
    } finally {
      await small.close();
    }
  });
}

function serverTests(world: () => NetworkWorld): void {
  test('subscriptions survive the death and the return of the server', async () => {
    const [a, b] = [await world().join('a'), await world().join('b')];
    const heard = [inboxOf(b, 'control', 's.back'), inboxOf(b, 'bulk', 's.back')];
    await world().settle(b);
    await world().server.kill();
    await until('both know', () =>
      [a, b].every((network) => !network.connected('control') && !network.connected('bulk')),
    );
    a.publish('control', 's.back', bytes('stale'));
    const late = inboxOf(b, 'control', 's.late');
    expect(await ask(a, 's.back', 20)).toBe('silence');
    await world().server.restart();
    await until('both are back', () =>
      [a, b].every((network) => network.connected('control') && network.connected('bulk')),
    );
    await world().settle(b);
    a.publish('control', 's.back', bytes('fresh'));
    a.publish('control', 's.late', bytes('fresh'));
    await until('they have arrived', () => heard.every((m) => m.length > 0) && late.length > 0);
    expect([...heard, late]).toEqual([['fresh'], ['fresh'], ['fresh']]);
    expect(a.counters()).toMatchObject({ reconnects: 2, slowConsumerCuts: 0 });
  });
}
