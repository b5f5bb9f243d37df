import { expect, test } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import type { Wire } from '../actors/wire.ts';
import type { Failpoint, FailpointAction } from '../api/test-hooks.ts';
import { incarnation, logIndex, nodeId, term } from '../base/brand.ts';
import type { DiskError, ProcessEvent, Processes, ProcessSpec } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { LogBatch } from '../raft/log-store.ts';
import { encodeMembers, type Members } from '../raft/members.ts';
import { placeFile } from '../storage/ledger-place.ts';
import { type DurableLog, openLogStore } from '../storage/log-store.ts';
import { MemoryDisk } from '../storage/memory.ts';
import { makeTestHooks } from './test-hooks.ts';
import { makeExecutorHooks } from './test-hooks-executor.ts';

const members: Members = {
  voters: [{ node: nodeId('n1'), incarnation: incarnation('i1') }],
  learners: [],
  removed: [],
};

/** A node's ports in memory under hooks; what the hooks do to the process is written down. */
function bench() {
  const clock = new StepClock();
  const done: string[] = [];
  const body = {
    crash: () => void done.push('crash'),
    block: (ms: number) => void done.push(`block ${ms}`),
    after: (ms: number, run: () => void) => void clock.after(ms, run),
  };
  const hooks = makeTestHooks({
    toExecutor: ({ name }) => done.push(`to executor ${name}`) > 0,
    body,
  });
  const disk = hooks.disk(new MemoryDisk({ clock, random: new SeededRandom(1) }));
  const arm = (name: Failpoint, action: FailpointAction, count = 1): boolean =>
    hooks.control!.arm({ name, action, count });
  return { clock, done, body, hooks, disk, arm };
}

type Bench = ReturnType<typeof bench>;

const crash = { kind: 'crash' } as const;
const error = { kind: 'error' } as const;

function openLog({ clock, disk }: Bench): DurableLog {
  const found: Result<DurableLog, unknown>[] = [];
  openLogStore({ disk, clock, create: true, members }, (result) => found.push(result));
  clock.runAll();
  const [opened] = found;
  if (opened === undefined || !opened.ok) throw new Error('the log does not open');
  return opened.value;
}

/** What the writer of the batch is told. */
function write({ clock }: Bench, log: DurableLog, batch: Partial<LogBatch>): string {
  const told: string[] = [];
  const whole = { hardState: undefined, truncateFrom: undefined, append: [], purgeTo: undefined };
  log.write({ ...whole, ...batch }, (failure: DiskError | undefined) =>
    told.push(failure === undefined ? 'durable' : failure.message),
  );
  expect(told).toEqual([]);
  clock.runAll();
  return told.join();
}

const entry = (index: number, payload: Uint8Array) => ({
  append: [{ index: logIndex(index), term: term(1), payload }],
});
const newTerm = { hardState: { term: term(1), vote: nodeId('n1') } };

test('hooks: without an order a node does what it always does', () => {
  const kit = bench();
  const log = openLog(kit);
  expect(write(kit, log, newTerm)).toBe('durable');
  expect(write(kit, log, entry(1, new Uint8Array([1])))).toBe('durable');
  expect(kit.done).toEqual([]);
});

test('hooks: a write of the log fails at the place that its rows are for', () => {
  for (const [name, batch] of [
    ['save-hard-state', newTerm],
    ['append', entry(1, new Uint8Array([1]))],
    ['config-apply', entry(1, encodeMembers(members))],
    ['sync', newTerm],
  ] as const) {
    for (const edge of ['before', 'after'] as const) {
      const kit = bench();
      const log = openLog(kit);
      if (batch !== newTerm) write(kit, log, newTerm);
      expect(kit.arm(`${edge}-${name}`, error)).toBe(true);
      expect(write(kit, log, batch)).toContain(`the failpoint ${name} fails`);
    }
  }
});

test('hooks: a write of another kind passes', () => {
  const kit = bench();
  const log = openLog(kit);
  kit.arm('before-append', error);
  kit.arm('before-config-apply', error);
  expect(write(kit, log, newTerm)).toBe('durable');
});

test('hooks: a crash comes at the pass that was named, and the step never happens', () => {
  const kit = bench();
  const log = openLog(kit);
  write(kit, log, newTerm);
  kit.arm('before-append', crash, 2);
  expect(write(kit, log, entry(1, new Uint8Array([1])))).toBe('durable');
  expect(kit.done).toEqual([]);
  expect(write(kit, log, entry(2, new Uint8Array([1])))).toBe('');
  expect(kit.done).toEqual(['crash']);
});

test('hooks: errors and sleeps come as often as was said', () => {
  const kit = bench();
  const { disk, clock } = kit;
  const install = (): string => {
    const told: string[] = [];
    disk.writeFile(placeFile, new Uint8Array([1]), (failure) => told.push(failure ? 'no' : 'yes'));
    clock.runAll();
    return told.join();
  };
  kit.arm('before-snapshot-install', error, 2);
  expect([install(), install(), install()]).toEqual(['no', 'no', 'yes']);
  kit.arm('before-snapshot-install', { kind: 'sleep', ms: 700 });
  const before = clock.monotonicMs();
  expect(install()).toBe('yes');
  expect(clock.monotonicMs() - before).toBe(700);
});

test('hooks: a store that is made beside the ledger is a snapshot on its way', () => {
  const kit = bench();
  const put = (store: string, create: boolean): string => {
    const told: string[] = [];
    kit.disk.openStore(store, { create }, (opened) => {
      if (!opened.ok) throw opened.error;
      const row = { kind: 'put', key: 'a', value: new Uint8Array([1]) } as const;
      opened.value.write([row], { sync: true }, (failure) => {
        told.push(failure?.message ?? 'durable');
        opened.value.close(() => {});
      });
    });
    kit.clock.runAll();
    return told.join();
  };
  kit.arm('before-apply', error);
  kit.arm('before-snapshot-write', error);
  expect(put('ledger', true)).toContain('apply');
  expect(put('ledger-1', true)).toContain('snapshot-write');
  kit.arm('after-apply', error);
  // Once it is the ledger, it is opened as one that is there.
  expect(put('ledger-1', false)).toContain('apply');
});

/** A wire that only writes down what leaves. */
function sentBy(hook: (wire: Wire) => Wire) {
  const sent: unknown[] = [];
  const wire = hook({
    self: { node: nodeId('n1'), side: 'peer', incarnation: incarnation('i1') },
    send: (_to, _inbox, _lane, message) => void sent.push(message),
    listen: () => ({ cancel: () => {} }),
  });
  const send = (kind: string): void => wire.send(nodeId('n2'), 'raft', 'control', { kind });
  return { sent, send };
}

test('hooks: a vote is lost, an ack is late, and everything else passes', () => {
  const kit = bench();
  const { sent, send } = sentBy(kit.hooks.wire);
  kit.arm('before-send-vote', error);
  kit.arm('before-send-ack', { kind: 'sleep', ms: 50 });
  for (const kind of ['vote-answer', 'append-accepted', 'heartbeat']) send(kind);
  expect(sent).toEqual([{ kind: 'heartbeat' }]);
  kit.clock.runAll();
  expect(sent).toEqual([{ kind: 'heartbeat' }, { kind: 'append-accepted' }]);
  kit.arm('after-send-vote', crash);
  send('vote');
  expect([sent.length, kit.done]).toEqual([3, ['crash']]);
});

test('hooks: a committed entry is handed over before or after the blow', () => {
  const kit = bench();
  const listen = kit.hooks.committed((turn: string) => void kit.done.push(turn));
  kit.arm('before-commit', { kind: 'sleep', ms: 30 });
  kit.arm('after-commit', crash);
  listen('turn 7');
  listen('turn 8');
  expect(kit.done).toEqual(['block 30', 'turn 7', 'crash', 'turn 8']);
});

test('hooks: the wall clock moves, the monotonic one does not', () => {
  const { hooks, clock } = bench();
  const hooked = hooks.clock(clock);
  hooks.control!.setClockOffset(-60_000);
  expect([hooked.wallMs(), hooked.monotonicMs()]).toEqual([-60_000, 0]);
  hooks.control!.setClockOffset(0);
  expect(hooked.wallMs()).toBe(0);
});

test('hooks: a stall begins when its answer has left', () => {
  const { hooks, clock, done } = bench();
  hooks.control!.stall(1000);
  expect(done).toEqual([]);
  clock.runAll();
  expect(done).toEqual(['block 1000']);
});

test('hooks: what cannot fail is refused, and what the executor passes goes to it', () => {
  const kit = bench();
  expect(kit.arm('after-send-ack', error)).toBe(false);
  expect(kit.arm('before-commit', error)).toBe(false);
  expect(kit.arm('after-spawn', error)).toBe(false);
  expect(kit.done).toEqual([]);
  expect(kit.arm('before-spawn', error)).toBe(true);
  expect(kit.done).toEqual(['to executor before-spawn']);
});

test('hooks: in the executor a task does not start, and a report is lost', () => {
  const kit = bench();
  const hooks = makeExecutorHooks(kit.body);
  const started: string[] = [];
  const processes: Processes = hooks.processes({
    start: ({ key }) => {
      started.push(key);
      return { signal: () => {}, sweep: (swept) => swept() };
    },
  });
  const events: ProcessEvent[] = [];
  const spec: ProcessSpec = {
    key: 'a',
    argv: ['true'],
    env: {},
    cwd: '/',
    stdoutFile: '/out',
    stderrFile: '/err',
  };
  hooks.arm({ name: 'before-spawn', action: error, count: 1 });
  processes.start(spec, (event) => events.push(event));
  expect(events).toEqual([]);
  kit.clock.runAll();
  expect(events).toEqual([{ kind: 'failed', reason: 'the failpoint spawn fails' }]);
  processes.start({ ...spec, key: 'b' }, () => {});
  expect(started).toEqual(['b']);
  hooks.arm({ name: 'before-report', action: error, count: 1 });
  const { sent, send } = sentBy(hooks.wire);
  for (let time = 0; time < 2; time++) send('ended');
  expect(sent).toEqual([{ kind: 'ended' }]);
});
