import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { Sender, Wire } from '../../actors/wire.ts';
import { incarnation, type NodeId, nodeId, term } from '../../base/brand.ts';
import { decode, encode } from '../../base/codec.ts';
import type { AttemptId } from '../../model/protocol.ts';
import { MemoryFiles } from '../memory-files.ts';
import { type RunEvent, succeeded } from '../runner.ts';
import { attemptId, dispatchOf } from '../testing/executor-story.ts';
import { LogDesk } from './desk.ts';
import { copyLimits, type LogSettings, logSettings } from './limits.ts';

interface Node {
  readonly id: NodeId;
  readonly files: MemoryFiles;
  readonly desk: LogDesk;
  readonly listeners: Map<string, (message: unknown, from: Sender) => void>;
}

/** Executors' log desks on one virtual network, without executors. */
class Nodes {
  readonly clock = new VirtualClock();
  readonly nodes = new Map<string, Node>();
  readonly down = new Set<string>();
  /** Messages between nodes, and whether each arrives. */
  sent: { readonly kind: string; readonly bytes: number; readonly atMs: number }[] = [];
  loses: (kind: string) => boolean = () => false;
  delayMs: (kind: string) => number = () => 1;
  readonly #settings: Partial<LogSettings>;

  constructor(names: readonly string[], settings: Partial<LogSettings> = {}) {
    this.#settings = settings;
    for (const name of names) this.start(name);
  }

  /** With its files, if it had some. */
  start(name: string): Node {
    const files = this.nodes.get(name)?.files ?? new MemoryFiles(this.clock);
    const listeners: Node['listeners'] = new Map();
    const self: Sender = { node: nodeId(name), side: 'executor', incarnation: incarnation(name) };
    const wire: Wire = {
      self,
      send: (to, inbox, _lane, message) => this.#deliver(self, String(to), inbox, message),
      listen: (inbox, receive) => {
        listeners.set(inbox, receive);
        return { cancel: () => void listeners.delete(inbox) };
      },
    };
    const settings = { ...logSettings, ...this.#settings };
    const parts = { wire, clock: this.clock, files, dataDir: '/data', trace: () => {} };
    const node = { id: nodeId(name), files, desk: new LogDesk({ ...parts, settings }), listeners };
    this.nodes.set(name, node);
    return node;
  }

  #deliver(from: Sender, to: string, inbox: string, message: unknown): void {
    const bytes = encode(message);
    const { kind } = message as { kind: string };
    this.sent.push({ kind, bytes: bytes.length, atMs: this.clock.monotonicMs() });
    if (this.down.has(from.node) || this.down.has(to) || this.loses(kind)) return;
    this.clock.after(this.delayMs(kind), () =>
      this.nodes.get(to)?.listeners.get(inbox)?.(decode(bytes), from),
    );
  }

  node(name: string): Node {
    return this.nodes.get(name)!;
  }

  /** The leader answers a heartbeat of this node. */
  peers(name: string, peers: readonly string[], inTerm = 1): void {
    this.node(name).desk.hear({
      ...{ kind: 'heartbeat-answer', term: term(inTerm), incarnation: incarnation(name) },
      ...{ seq: 1, leaseMs: 1000, logPeers: peers.map(nodeId) },
    });
  }

  /** An attempt starts; the runner's end is told by what is returned. */
  begin(name: string, token: number): () => void {
    const { started, ended } = this.wait(name, token);
    started();
    return ended;
  }

  /** An attempt waits for its start. */
  wait(name: string, token: number): { started: () => void; ended: () => void } {
    let observe: ((event: RunEvent) => void) | undefined;
    const runner = {
      start: (_: unknown, tell: (event: RunEvent) => void) => {
        observe = tell;
        return { stop: () => {} };
      },
    };
    const runners = this.node(name).desk.watched(new Map([['shell', runner]]));
    runners.get('shell')?.start(dispatchOf(`t${token}`, token), () => {});
    return {
      started: () => observe?.({ kind: 'started' }),
      ended: () => observe?.({ kind: 'ended', result: succeeded() }),
    };
  }

  print(name: string, token: number, text: string, stream = 'stdout'): void {
    this.node(name).files.print(`/data/attempts/${pathOf(token)}/${stream}`, text);
  }

  copy(name: string, token: number, file = 'stdout'): string | undefined {
    return this.node(name).files.text(`/data/log-copies/${pathOf(token)}/${file}`);
  }

  isWhole = (name: string, token: number): boolean =>
    this.copy(name, token, 'complete') !== undefined;
}

const pathOf = (token: number): string => {
  const { namespace, runId, taskId, mapIndex }: AttemptId = attemptId(`t${token}`, token);
  return `${namespace}/${runId}/${taskId}/${mapIndex}/1-${token}`;
};

test('logs: what a task writes is on another node within a second, and whole after its end', () => {
  const nodes = new Nodes(['n1', 'n2']);
  nodes.peers('n1', ['n2']);
  const end = nodes.begin('n1', 1);
  nodes.print('n1', 1, 'one\n');
  nodes.clock.advance(500);
  expect(nodes.copy('n2', 1)).toBe('one\n');
  nodes.print('n1', 1, 'two\n');
  nodes.print('n1', 1, 'oh\n', 'stderr');
  nodes.clock.advance(500);
  expect(nodes.copy('n2', 1)).toBe('one\ntwo\n');
  expect(nodes.copy('n2', 1, 'stderr')).toBe('oh\n');
  expect(nodes.isWhole('n2', 1)).toBe(false);
  nodes.print('n1', 1, 'last');
  end();
  nodes.clock.advance(50);
  expect(nodes.copy('n2', 1)).toBe('one\ntwo\nlast');
  expect(nodes.copy('n2', 1, 'complete')).toBe('12 3\n');
  expect(nodes.node('n1').desk.status()).toMatchObject({
    attempts: 0,
    lagBytes: 0,
    copiedBytes: 15,
  });
});

test('logs: nobody looks at who waits for a start; without one the copy is whole', () => {
  const nodes = new Nodes(['n1', 'n2']);
  nodes.peers('n1', ['n2']);
  const { ended } = nodes.wait('n1', 1);
  const other = nodes.wait('n1', 2);
  expect(nodes.node('n1').desk.status()).toMatchObject({ attempts: 0 });
  other.started();
  expect(nodes.node('n1').desk.status()).toMatchObject({ attempts: 1 });
  nodes.print('n1', 1, 'why it could not start\n');
  ended();
  nodes.clock.advance(50);
  expect(nodes.copy('n2', 1)).toBe('why it could not start\n');
  expect(nodes.isWhole('n2', 1)).toBe(true);
});

test('logs: a short task costs one message, and one that writes nothing costs none', () => {
  const nodes = new Nodes(['n1', 'n2']);
  nodes.peers('n1', ['n2']);
  nodes.begin('n1', 1)();
  nodes.clock.advance(1000);
  expect(nodes.sent).toEqual([]);
  const end = nodes.begin('n1', 2);
  nodes.print('n1', 2, 'hello');
  end();
  nodes.clock.advance(1000);
  expect(nodes.sent.map(({ kind }) => kind)).toEqual(['log-copy', 'log-copied']);
  expect(nodes.isWhole('n2', 2)).toBe(true);
});

test('logs: lost messages delay a copy and leave no hole in it', () => {
  const nodes = new Nodes(['n1', 'n2']);
  let count = 0;
  nodes.loses = () => (count++ * 7) % 10 < 4;
  nodes.peers('n1', ['n2']);
  const end = nodes.begin('n1', 1);
  let written = '';
  for (let line = 0; line < 200; line++) {
    written += `line ${line}\n`;
    nodes.print('n1', 1, `line ${line}\n`);
    nodes.clock.advance(50);
    const copy = nodes.copy('n2', 1) ?? '';
    expect(written.startsWith(copy)).toBe(true);
  }
  end();
  nodes.clock.advance(20_000);
  expect(nodes.copy('n2', 1)).toBe(written);
  expect(nodes.isWhole('n2', 1)).toBe(true);
});

test('logs: one who floods does not keep the others waiting', () => {
  const nodes = new Nodes(['n1', 'n2'], { copyBytesPerSecond: 2 ** 20 });
  nodes.peers('n1', ['n2']);
  for (let token = 1; token <= 20; token++) nodes.begin('n1', token);
  for (let token = 1; token <= 10; token++) nodes.print('n1', token, 'x'.repeat(2 ** 20));
  nodes.clock.advance(1000);
  for (let token = 11; token <= 20; token++) nodes.print('n1', token, 'small\n');
  nodes.print('n1', 1, 'a word\n', 'stderr');
  nodes.clock.advance(1000);
  for (let token = 11; token <= 20; token++) expect(nodes.copy('n2', token)).toBe('small\n');
  expect(nodes.copy('n2', 1, 'stderr')).toBe('a word\n');
});

test('logs: no more leaves than the rate allows, and little is on its way', () => {
  const rate = 2 ** 20;
  const nodes = new Nodes(['n1', 'n2'], { copyBytesPerSecond: rate });
  nodes.peers('n1', ['n2']);
  for (let token = 1; token <= 8; token++) {
    nodes.begin('n1', token);
    nodes.print('n1', token, 'y'.repeat(2 ** 20));
  }
  nodes.clock.advance(4000);
  const bytes = nodes.sent
    .filter(({ kind }) => kind === 'log-copy')
    .reduce((sum, each) => sum + each.bytes, 0);
  expect(bytes).toBeGreaterThan(3.5 * rate);
  expect(bytes).toBeLessThan(5 * rate);
  expect(nodes.node('n1').desk.status().lagBytes).toBeGreaterThan(3 * rate);
  nodes.down.add('n2');
  nodes.sent = [];
  nodes.clock.advance(copyLimits.ackMs - 1);
  expect(nodes.sent.length).toBeLessThanOrEqual(copyLimits.batchesInFlight);
});

test('logs: another target gets everything of what runs, and the rest of what has ended', () => {
  const nodes = new Nodes(['n1', 'n2', 'n3']);
  nodes.peers('n1', ['n2', 'n3']);
  const end = nodes.begin('n1', 1);
  nodes.print('n1', 1, 'one\n');
  nodes.clock.advance(500);
  nodes.peers('n1', ['n3', 'n2']);
  nodes.clock.advance(500);
  expect(nodes.copy('n3', 1)).toBe('one\n');
  nodes.print('n1', 1, 'two\n');
  end();
  nodes.clock.advance(500);
  expect(nodes.copy('n3', 1)).toBe('one\ntwo\n');
  expect(nodes.isWhole('n3', 1)).toBe(true);
  expect(nodes.copy('n2', 1)).toBe('one\n');
});

test('logs: going back to a former target sends only what it lacks', () => {
  const nodes = new Nodes(['n1', 'n2', 'n3']);
  nodes.peers('n1', ['n2']);
  nodes.begin('n1', 1);
  nodes.print('n1', 1, 'z'.repeat(2 ** 23));
  nodes.clock.advance(2000);
  nodes.peers('n1', ['n3']);
  nodes.clock.advance(2000);
  nodes.sent = [];
  nodes.peers('n1', ['n2']);
  nodes.print('n1', 1, 'more\n');
  nodes.clock.advance(2000);
  expect(nodes.copy('n2', 1)?.slice(-5)).toBe('more\n');
  expect(nodes.sent.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(
    2 * copyLimits.batchBytes,
  );
});

test('logs: a silent target is left for the next one', () => {
  const nodes = new Nodes(['n1', 'n2', 'n3']);
  nodes.peers('n1', ['n2', 'n3']);
  nodes.begin('n1', 1);
  nodes.down.add('n2');
  nodes.print('n1', 1, 'one\n');
  nodes.clock.advance(copyLimits.silentMs + 2 * copyLimits.ackMs);
  expect(nodes.copy('n3', 1)).toBe('one\n');
  expect(nodes.node('n1').desk.status().target).toBe('n3');
});

test('logs: answers that come too late still count, and their node is not left', () => {
  const nodes = new Nodes(['n1', 'n2', 'n3']);
  nodes.delayMs = (kind) => (kind === 'log-copied' ? copyLimits.ackMsMax + 500 : 1);
  nodes.peers('n1', ['n2', 'n3']);
  nodes.begin('n1', 1);
  nodes.print('n1', 1, 'w'.repeat(2 ** 22));
  nodes.clock.advance(30_000);
  const { target, lagBytes } = nodes.node('n1').desk.status();
  expect({ target, lagBytes }).toEqual({ target: 'n2', lagBytes: 0 });
  expect(nodes.copy('n2', 1)?.length).toBe(2 ** 22);
});

test('logs: what a leader of a lower term says of targets is not heard', () => {
  const nodes = new Nodes(['n1', 'n2', 'n3']);
  nodes.peers('n1', ['n2'], 2);
  nodes.peers('n1', ['n3'], 1);
  expect(nodes.node('n1').desk.status().target).toBe('n2');
});

test('logs: an executor that begins again copies what the one before it had not', () => {
  const nodes = new Nodes(['n1', 'n2']);
  nodes.peers('n1', ['n2']);
  nodes.begin('n1', 1)();
  nodes.begin('n1', 2);
  nodes.print('n1', 2, 'one\n');
  nodes.clock.advance(500);
  nodes.print('n1', 2, 'two\n');
  nodes.node('n1').desk.stop();
  nodes.node('n1').files.makeDirectory(`/data/attempts/${pathOf(2)}`, () => {});
  nodes.start('n1');
  nodes.peers('n1', ['n2']);
  nodes.clock.advance(1000);
  expect(nodes.copy('n2', 2)).toBe('one\ntwo\n');
  expect(nodes.isWhole('n2', 2)).toBe(true);
  nodes.sent = [];
  nodes.node('n1').desk.stop();
  nodes.start('n1');
  nodes.peers('n1', ['n2']);
  nodes.clock.advance(1000);
  const bytes = nodes.sent.reduce((sum, each) => sum + each.bytes, 0);
  expect(nodes.sent.length).toBe(2);
  expect(bytes).toBeLessThan(1000);
});

test('logs: of a stream above its limit the copy has begin and end, and a gap between', () => {
  const streamBytes = 2 ** 21;
  const nodes = new Nodes(['n1', 'n2'], { streamBytes, copyBytesPerSecond: 2 ** 19 });
  nodes.peers('n1', ['n2']);
  const end = nodes.begin('n1', 1);
  nodes.node('n1').files.makeDirectory(`/data/attempts/${pathOf(1)}`, () => {});
  let written = '';
  for (let piece = 0; piece < 40; piece++) {
    const text = `${String(piece).padStart(7, '.')}\n`.repeat(2 ** 15);
    written += text;
    nodes.print('n1', 1, text);
    nodes.clock.advance(250);
  }
  end();
  nodes.clock.advance(20_000);
  expect(nodes.isWhole('n2', 1)).toBe(true);
  const copy = nodes.copy('n2', 1)!;
  const gap = nodes.copy('n2', 1, 'stdout.gap')!.trim().split('\n').at(-1)!;
  const [from = 0, to = 0] = gap.split(' ').map(Number);
  expect(copy.length).toBe(written.length);
  // It may have had more of the begin when the original lost it.
  expect(from).toBeGreaterThanOrEqual(streamBytes / 2);
  expect(copy.length - to).toBeGreaterThanOrEqual(streamBytes / 2);
  expect(copy.slice(0, from)).toBe(written.slice(0, from));
  expect(copy.slice(to)).toBe(written.slice(to));
  expect(nodes.node('n1').desk.status().cutBytes).toBeGreaterThan(2 ** 22);
});
