import { beforeEach, describe, expect, test } from 'vitest';
import { HandClock } from '../../test/ports/network-clock.ts';
import type { Sender, Side } from '../actors/wire.ts';
import { clusterId, incarnation, nodeId } from '../base/brand.ts';
import type { Lane } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import { messageBytesMax } from './chunks.ts';
import { MemoryHub, type MemoryNetwork, type NetworkPolicy, type Passage } from './memory.ts';
import { Postbox, type PostboxCounters, receiversMax } from './postbox.ts';
import { allSubject, nodeSubject } from './subjects.ts';

const key = Buffer.from('the secret of the cluster');
const drops = ['stale', 'foreign', 'forged', 'malformed', 'incomplete', 'crowded'] as const;

interface Seat {
  readonly network: MemoryNetwork;
  readonly postbox: Postbox;
  readonly heard: unknown[];
  readonly from: Sender[];
}

interface SeatOptions {
  readonly side?: Side;
  readonly life?: string;
  readonly cluster?: string;
  readonly key?: Uint8Array;
  readonly inbox?: string;
}

describe('postbox', () => {
  let clock: HandClock;
  let hub: MemoryHub;
  let random: SeededRandom;
  let recorded: Passage[];
  let delays: (passage: Passage) => readonly number[];
  beforeEach(() => {
    clock = new HandClock();
    random = new SeededRandom(1);
    recorded = [];
    delays = () => [1];
    const policy: NetworkPolicy = {
      reach: () => 'up',
      delaysMs: (passage) => {
        recorded.push(passage);
        return delays(passage);
      },
    };
    hub = new MemoryHub({ clock, policy, maxPayloadBytes: 4096 });
  });

  function seat(name: string, options: SeatOptions = {}): Seat {
    const { side = 'peer', life = `${name}-1`, cluster = 'c1', inbox = 'raft' } = options;
    const network = hub.join(name);
    const postbox = new Postbox({
      ...{ network, clock, random, clusterName: 'main', clusterId: cluster },
      key: options.key ?? key,
      self: { node: nodeId(name), side, incarnation: incarnation(life) },
    });
    const [heard, from]: [unknown[], Sender[]] = [[], []];
    postbox.listen(inbox, (message, sender) => {
      heard.push(message);
      from.push(sender);
    });
    return { network, postbox, heard, from };
  }

  /** Publishes recorded bytes again, as somebody without the key could. */
  function replay(passage: Passage, subject = passage.subject, lane: Lane = passage.lane): void {
    hub.join('mallory').publish(lane, subject, passage.payload);
    clock.pass(5);
  }

  function dropped(counters: PostboxCounters): Partial<PostboxCounters> {
    return Object.fromEntries(
      drops.filter((name) => counters[name] > 0).map((name) => [name, counters[name]]),
    );
  }

  test('a message that is too long is lost, and its sender goes on', () => {
    const [one, two] = [seat('n1'), seat('n2')];
    one.postbox.send([nodeId('n2')], 'raft', 'bulk', { text: 'x'.repeat(messageBytesMax) });
    one.postbox.send([nodeId('n2')], 'raft', 'bulk', { text: 'short' });
    clock.pass(10);
    expect(two.heard).toEqual([{ text: 'short' }]);
    expect(one.postbox.counters().sent).toBe(1);
  });

  test('a message to one node arrives there alone, with its proven sender', () => {
    const [a, b, c] = [seat('a'), seat('b'), seat('c')];
    a.postbox.send(nodeId('b'), 'raft', 'control', { term: 7, entries: [1, 'two', null] });
    clock.pass(5);
    expect([b.heard, c.heard]).toEqual([[{ term: 7, entries: [1, 'two', null] }], []]);
    expect(b.from).toEqual([a.postbox.self]);
    expect(recorded).toHaveLength(1);
    expect([a.postbox.counters().sent, b.postbox.counters().received]).toEqual([1, 1]);
    expect(a.postbox.counters().bytesSent).toBe(recorded[0]?.payload.length);
  });

  test('several receivers are one publish, and the others drop it (P76)', () => {
    const [a, b, c, d] = [seat('a'), seat('b'), seat('c'), seat('d')];
    a.postbox.send([nodeId('b'), nodeId('c')], 'raft', 'bulk', 'append');
    clock.pass(5);
    expect([a, b, c, d].map(({ heard }) => heard)).toEqual([[], ['append'], ['append'], []]);
    expect(dropped(d.postbox.counters())).toEqual({ foreign: 1 });
    expect(new Set(recorded.map(({ subject }) => subject))).toEqual(
      new Set([allSubject('main', 'bulk', 'raft')]),
    );
    expect(new Set(recorded.map(({ payload }) => payload)).size).toBe(1);
  });

  test('`all` reaches everyone but the sender; an empty list reaches nobody', () => {
    const [a, b, x] = [seat('a'), seat('b'), seat('a', { side: 'executor' })];
    a.postbox.send('all', 'raft', 'control', 'hello');
    a.postbox.send([], 'raft', 'control', 'nobody');
    clock.pass(5);
    expect([a.heard, b.heard, x.heard]).toEqual([[], ['hello'], ['hello']]);
  });

  test('the two processes of a node write to each other under the one name', () => {
    const [peer, executor] = [seat('a'), seat('a', { side: 'executor' })];
    peer.postbox.send(nodeId('a'), 'raft', 'control', 'run');
    clock.pass(5);
    expect([peer.heard, executor.heard]).toEqual([[], ['run']]);
  });

  test('undefined, null and bytes are messages too', () => {
    const [a, b] = [seat('a'), seat('b')];
    const messages = [undefined, null, 0, '', new Uint8Array([1, 2])];
    for (const message of messages) a.postbox.send(nodeId('b'), 'raft', 'control', message);
    clock.pass(5);
    expect(b.heard.slice(0, 4)).toEqual([undefined, null, 0, '']);
    expect([...Uint8Array.from(b.heard[4] as Uint8Array)]).toEqual([1, 2]);
  });

  test('a replayed message is stale (P71)', () => {
    const [a, b] = [seat('a'), seat('b')];
    a.postbox.send(nodeId('b'), 'raft', 'control', 'once');
    clock.pass(5);
    replay(recorded[0]!);
    expect(b.heard).toEqual(['once']);
    expect(dropped(b.postbox.counters())).toEqual({ stale: 1 });
  });

  test('a duplicate and a late message of the network are stale (P71, P78)', () => {
    const [a, b] = [seat('a'), seat('b')];
    const fates = [[1, 2], [9], [1]];
    delays = () => fates.shift() ?? [1];
    for (const message of ['twice', 'late', 'last']) {
      a.postbox.send(nodeId('b'), 'raft', 'control', message);
    }
    clock.pass(20);
    expect(b.heard).toEqual(['twice', 'last']);
    expect(dropped(b.postbox.counters())).toEqual({ stale: 2 });
  });

  test('a message recorded on one subject is worth nothing on another', () => {
    const [a, b, c] = [seat('a'), seat('b'), seat('c')];
    b.postbox.listen('scheduler', (message) => b.heard.push(message));
    a.postbox.send(nodeId('b'), 'raft', 'control', 'secret');
    delays = () => [];
    a.postbox.send(nodeId('b'), 'raft', 'control', 'held back');
    delays = () => [1];
    clock.pass(5);
    const held = recorded[1]!;
    replay(held, nodeSubject('main', 'control', 'raft', nodeId('c')));
    replay(held, nodeSubject('main', 'control', 'scheduler', nodeId('b')));
    replay(held, nodeSubject('main', 'bulk', 'raft', nodeId('b')), 'bulk');
    expect([b.heard, c.heard]).toEqual([['secret'], []]);
    expect(dropped(b.postbox.counters())).toEqual({ foreign: 2 });
    expect(dropped(c.postbox.counters())).toEqual({ foreign: 1 });
  });

  test('forged messages are counted and change nothing (P77)', () => {
    const [a, b] = [seat('a'), seat('b')];
    const stranger = seat('n9', { key: Buffer.from('a guess at the secret') });
    stranger.postbox.send(nodeId('b'), 'raft', 'control', { term: 1e9 });
    a.postbox.send(nodeId('b'), 'raft', 'control', 'true');
    clock.pass(5);
    const bent = new Uint8Array(recorded[1]!.payload);
    bent[bent.length - 1] = bent[bent.length - 1]! ^ 1;
    replay({ ...recorded[1]!, payload: bent });
    replay({ ...recorded[1]!, payload: new Uint8Array(0) });
    expect(b.heard).toEqual(['true']);
    expect(dropped(b.postbox.counters())).toEqual({ forged: 3 });
  });

  test('another cluster with the same name and secret is foreign (P91)', () => {
    const [a, b] = [seat('a', { cluster: 'c2' }), seat('b')];
    a.postbox.send('all', 'raft', 'control', 'vote for me');
    clock.pass(5);
    expect(b.heard).toEqual([]);
    expect(dropped(b.postbox.counters())).toEqual({ foreign: 1 });
  });

  test('an echo, and a clone that uses our name, are foreign (P48, P76)', () => {
    const [a, b] = [seat('a'), seat('b')];
    const clone = seat('a', { life: 'stolen' });
    a.postbox.send('all', 'raft', 'control', 'mine');
    clock.pass(5);
    replay(recorded[0]!);
    expect([a.heard, clone.heard, b.heard]).toEqual([[], [], ['mine']]);
    expect(dropped(a.postbox.counters())).toEqual({ foreign: 1 });
    expect(dropped(clone.postbox.counters())).toEqual({ foreign: 2 });
  });

  test('after a restart the old life is stale, also when its incarnation is the same', () => {
    const b = seat('b');
    const old = seat('a');
    old.postbox.send(nodeId('b'), 'raft', 'control', 'old');
    delays = () => [50];
    old.postbox.send(nodeId('b'), 'raft', 'control', 'very late');
    delays = () => [1];
    clock.pass(10);
    old.network.kill();
    const restarted = seat('a');
    restarted.postbox.send(nodeId('b'), 'raft', 'control', 'new');
    clock.pass(10);
    const wiped = seat('a', { life: 'a-2' });
    wiped.postbox.send(nodeId('b'), 'raft', 'control', 'newer');
    clock.pass(10);
    restarted.postbox.send(nodeId('b'), 'raft', 'control', 'still there?');
    clock.pass(50);
    expect(b.heard).toEqual(['old', 'new', 'newer']);
    expect(dropped(b.postbox.counters())).toEqual({ stale: 2 });
  });

  test('a large message travels in pieces, none above half of the limit', () => {
    const [a, b] = [seat('a'), seat('b')];
    const large = 'skein '.repeat(5000);
    a.postbox.send(nodeId('b'), 'raft', 'bulk', large);
    clock.pass(5);
    expect(b.heard).toEqual([large]);
    expect(recorded.length).toBeGreaterThan(14);
    expect(Math.max(...recorded.map(({ payload }) => payload.length))).toBeLessThanOrEqual(2048);
    expect(b.postbox.counters().received).toBe(1);
  });

  test('pieces follow the limit of the server (P75)', () => {
    const [a, b] = [seat('a'), seat('b')];
    hub.limitPayload(1024);
    a.postbox.send(nodeId('b'), 'raft', 'bulk', 'x'.repeat(3000));
    clock.pass(5);
    expect(b.heard).toEqual(['x'.repeat(3000)]);
    expect(Math.max(...recorded.map(({ payload }) => payload.length))).toBeLessThanOrEqual(512);
  });

  test('a large message of which a piece is lost is dropped whole; the next one arrives', () => {
    const [a, b] = [seat('a'), seat('b')];
    delays = () => (recorded.length === 3 ? [] : [1]);
    a.postbox.send(nodeId('b'), 'raft', 'bulk', 'x'.repeat(9000));
    a.postbox.send(nodeId('b'), 'raft', 'bulk', 'y'.repeat(9000));
    clock.pass(5);
    expect(b.heard).toEqual(['y'.repeat(9000)]);
    expect(dropped(b.postbox.counters())).toEqual({ incomplete: 1 });
  });

  test('a large message of which every piece comes twice arrives once', () => {
    const [a, b] = [seat('a'), seat('b')];
    delays = () => [1, 1];
    a.postbox.send(nodeId('b'), 'raft', 'bulk', 'x'.repeat(9000));
    clock.pass(5);
    expect(b.heard).toEqual(['x'.repeat(9000)]);
    expect(Object.keys(dropped(b.postbox.counters()))).toEqual(['stale']);
  });

  test('without a cluster only hello is open, and the cluster is bound once', () => {
    const newcomer = seat('a', { cluster: '', inbox: 'hello' });
    const member = seat('b', { inbox: 'hello' });
    newcomer.postbox.listen('raft', (message) => newcomer.heard.push(message));
    expect(() => newcomer.postbox.send('all', 'raft', 'control', 'x')).toThrow(/B3/);
    newcomer.postbox.send('all', 'hello', 'control', 'who is there?');
    clock.pass(5);
    member.postbox.send(nodeId('a'), 'hello', 'control', 'cluster c1');
    member.postbox.send(nodeId('a'), 'raft', 'control', 'too early');
    clock.pass(5);
    expect([member.heard, newcomer.heard]).toEqual([['who is there?'], ['cluster c1']]);
    newcomer.postbox.bindCluster(clusterId('c1'));
    member.postbox.send(nodeId('a'), 'raft', 'control', 'welcome');
    clock.pass(5);
    expect(newcomer.heard).toEqual(['cluster c1', 'welcome']);
    expect(() => newcomer.postbox.bindCluster(clusterId('c2'))).toThrow(/B4/);
  });

  test('members of two clusters do not greet each other', () => {
    const [a, b] = [seat('a', { inbox: 'hello' }), seat('b', { inbox: 'hello', cluster: 'c2' })];
    a.postbox.send('all', 'hello', 'control', 'hello');
    clock.pass(5);
    expect(b.heard).toEqual([]);
    expect(dropped(b.postbox.counters())).toEqual({ foreign: 1 });
  });

  test('an inbox has one listener; a cancelled one makes room for another', () => {
    const [a, b] = [seat('a'), seat('b')];
    expect(() => b.postbox.listen('raft', () => {})).toThrow(/B5/);
    const listener = b.postbox.listen('extra', () => {});
    listener.cancel();
    b.postbox.listen('extra', (message) => b.heard.push(message));
    listener.cancel();
    a.postbox.send(nodeId('b'), 'extra', 'control', 'second');
    clock.pass(5);
    expect(b.heard).toEqual(['second']);
    b.postbox.close();
    a.postbox.send(nodeId('b'), 'extra', 'control', 'third');
    clock.pass(5);
    expect(b.heard).toEqual(['second']);
  });

  test('what nobody may do is refused loudly', () => {
    const a = seat('a');
    const crowd = Array.from({ length: receiversMax + 1 }, (_, i) => nodeId(`n${i}`));
    expect(() => a.postbox.send(crowd, 'raft', 'control', 1)).toThrow(/receiversMax/);
    expect(() => seat('b', { key: Buffer.from('short') })).toThrow(/16 bytes/);
    expect(() => a.postbox.send(nodeId('b.*'), 'raft', 'control', 1)).toThrow(/token/);
  });
});
