import { describe, expect, it } from 'vitest';
import { dagId, logIndex, nodeId, requestId, runId, taskId, term } from '../base/brand.ts';
import type { Command } from '../model/command.ts';
import { decodeRecord } from '../model/record.ts';
import { LeaderKit } from './testing/leader-kit.ts';
import {
  applyDag,
  asks,
  attemptId,
  behind,
  executorOf,
  here,
  later,
  report,
  spec,
  startRun,
  task,
} from './testing/rows.ts';

const one = spec({ a: task() });

/** A leader with one node and a running run `r1` of `content`, everything committed. */
function leading(content = one): LeaderKit {
  const kit = new LeaderKit();
  kit.heartbeat('n1');
  kit.drain(asks(applyDag('d', content)), asks(startRun('d', 'r1')));
  kit.settle();
  return kit;
}

const rowOf = (kit: LeaderKit, name = 'a', run = 'r1') =>
  kit.state.task(here, runId(run), taskId(name), 0);

function liveToken(kit: LeaderKit, name = 'a', run = 'r1') {
  const row = rowOf(kit, name, run);
  if (row?.status !== 'queued' && row?.status !== 'running') throw new Error(`${name} is live`);
  return attemptId(row.runId, row.taskId, row.attempt.token);
}

const ends = (kit: LeaderKit, name = 'a', outcome: 'success' | 'failed' = 'success') => ({
  kind: 'attempts-ended' as const,
  executor: executorOf('n1'),
  reports: [report(liveToken(kit, name), outcome)],
});

describe('leader: effects and commits', () => {
  it('P92: nothing leaves before its turn is committed', () => {
    const kit = new LeaderKit();
    kit.heartbeat('n1');
    kit.drain(asks(applyDag('d', one)), asks(startRun('d', 'r1')));
    expect(kit.wire.gateway).toEqual([]);
    expect(kit.wire.said('dispatch')).toEqual([]);
    kit.settle();
    expect(kit.wire.gateway).toHaveLength(2);
    expect(kit.wire.said('dispatch')).toHaveLength(1);
  });

  it('law 9: the end of a task and the assignment of its child are one entry', () => {
    const kit = leading(spec({ a: task(), b: behind(['a']) }));
    const before = kit.log.entries.length;
    kit.drain(ends(kit));
    expect(kit.log.entries.length).toBe(before + 1);
    expect(rowOf(kit, 'b')?.status).toBe('queued');
  });

  it('an answer that changed nothing waits for what it saw', () => {
    const kit = new LeaderKit();
    kit.drain(asks(applyDag('d', one)));
    kit.drain(asks(applyDag('d', one)));
    expect(kit.log.pending).toBe(1);
    expect(kit.wire.gateway).toEqual([]);
    kit.settle();
    expect(kit.wire.gateway.map(({ kind }) => kind)).toEqual(['answer', 'answer']);
  });

  it('while the horizon is full the next turn gathers', () => {
    const kit = new LeaderKit();
    for (let i = 0; i < 10; i++) kit.drain(asks(applyDag(`d${i}`, one)));
    expect(kit.log.pending).toBe(4);
    kit.commit(1);
    expect(kit.log.pending).toBe(4);
    kit.settle();
    expect(kit.state.count('dag')).toBe(10);
    expect(kit.log.entries.length).toBeLessThan(8);
  });

  it('a read of live rows waits for the turn that it saw, or is made again', () => {
    const kit = new LeaderKit();
    kit.drain(asks(applyDag('d', one)));
    const heard: string[] = [];
    kit.leader.whenCommitted(
      () => heard.push('released'),
      () => heard.push('again'),
    );
    expect(heard).toEqual([]);
    kit.settle();
    expect(heard).toEqual(['released']);
    kit.leader.take(asks(applyDag('e', one)));
    kit.leader.whenCommitted(
      () => heard.push('released'),
      () => heard.push('again'),
    );
    kit.leader.unwind();
    expect(heard).toEqual(['released', 'again']);
  });

  it('W16: no record is older than the one before it, wherever the clock jumps', () => {
    const kit = leading();
    const updatedAt = () => kit.state.dag(here, dagId('d'))?.updatedAt ?? Number.NaN;
    const before = updatedAt();
    kit.clock.jumpWall(-3_600_000);
    kit.drain(asks(applyDag('d', spec({ b: task() }))));
    expect(updatedAt()).toBe(before);
    kit.clock.jumpWall(7_200_000);
    kit.drain(asks(applyDag('d', one)));
    expect(updatedAt()).toBe(before + 3_600_000);
  });
});

describe('leader: jumps of the wall clock', () => {
  it('P17: a refusal is remembered for its time, however far the clock jumps', () => {
    const kit = leading();
    // An earlier copy of it may be on its way still.
    kit.drain(asks(startRun('nowhere', 'r9'), { key: 'k9', copy: 2 }));
    const remembered = () => kit.state.request(requestId('k9'));
    expect(remembered()).toMatchObject({ answer: { ok: false } });
    kit.clock.jumpWall(3_600_000);
    for (let second = 0; second < 50; second += 10) kit.pass(10_000);
    expect(remembered()).toBeDefined();
    for (let second = 50; second < 130; second += 10) kit.pass(10_000);
    expect(remembered()).toBeUndefined();
  });

  it('W04: what a turn has found due is due when the clock is set back behind it', () => {
    const kit = leading(spec({ a: task({ delayMs: 1_000, resources: { slots: 1 } }) }));
    kit.drain(asks(startRun('d', 'r2')));
    // The clock is ahead for a moment, and nothing is written in it: there is no room.
    const busy = { capacity: { slots: 0 } };
    kit.heartbeat('n1', busy);
    kit.clock.jumpWall(3_600_000);
    kit.pass(0);
    kit.clock.jumpWall(-3_600_000);
    kit.heartbeat('n1');
    kit.commit();
    const row = kit.state.task(here, runId('r2'), taskId('a'), 0);
    expect(row?.status).toBe('queued');
  });
});

describe('leader: the log refuses', () => {
  it('T09: a deposed leader can write nothing, and all that it decided is undone', () => {
    const kit = leading();
    const digest = kit.state.digest();
    kit.log.term = term(2);
    kit.wire.forget();
    const asked = asks(applyDag('e', one));
    kit.drain(ends(kit), asked);
    expect(kit.state.digest()).toBe(digest);
    expect(kit.wire.gateway).toMatchObject([{ kind: 'not-leader' }]);
    expect(kit.wire.executors).toEqual([]);
    expect(rowOf(kit)?.status).toBe('queued');
    expect(kit.leader.board.load('n1')).toEqual({ slots: 1 });
  });

  it('what was ready is placed once the log takes turns again', () => {
    const kit = new LeaderKit();
    kit.heartbeat('n1');
    kit.drain(asks(applyDag('d', one)));
    kit.settle();
    kit.log.refuses = 'overloaded';
    const asked = asks(startRun('d', 'r1'));
    kit.drain(asked);
    expect(kit.state.count('run')).toBe(0);
    kit.log.refuses = undefined;
    kit.drain(asked);
    kit.settle();
    expect(rowOf(kit)?.status).toBe('queued');
  });

  it('a wake with more work than a turn holds ends although the log refuses', () => {
    const kit = new LeaderKit();
    kit.drain(...Array.from({ length: 1200 }, (_, i) => asks(applyDag(`d${i}`, one))));
    kit.settle();
    kit.log.refuses = 'not-leader';
    const requests = kit.state.count('request');
    kit.pass(86_400_000);
    expect(kit.state.count('request')).toBe(requests);
    expect(kit.leader.nextWakeMs()).toBe(100);
    kit.log.refuses = undefined;
    // One wake takes up a helping; the next one is due at once.
    kit.pass(100);
    expect(kit.leader.nextWakeMs()).toBe(0);
    for (let wakes = 0; wakes < 6; wakes++) {
      kit.settle();
      kit.pass(1);
    }
    expect(kit.state.count('request')).toBe(0);
  });

  it('a node whose loss could not be recorded is lost later', () => {
    const kit = leading();
    kit.log.refuses = 'overloaded';
    kit.pass(13_000);
    expect(kit.state.node('n1')?.status).toBe('alive');
    kit.log.refuses = undefined;
    kit.pass(13_000);
    expect(kit.state.node('n1')?.status).toBe('lost');
    expect(rowOf(kit)?.status).toBe('up_for_retry');
  });
});

describe('leader: nodes and leases', () => {
  it('T18: a silent node is lost only when its lease has certainly ended', () => {
    const kit = leading();
    kit.pass(12_999);
    expect(rowOf(kit)?.status).toBe('queued');
    kit.pass(1);
    expect(kit.state.node('n1')?.status).toBe('lost');
    expect(rowOf(kit)).toMatchObject({ status: 'up_for_retry', tries: 0 });
  });

  it('T18: a new leader counts the lease from its take-over', () => {
    const kit = leading();
    kit.clock.advance(12_000);
    kit.takeOver(term(2));
    kit.pass(12_999);
    expect(kit.state.node('n1')?.status).toBe('alive');
    kit.pass(1);
    expect(kit.state.node('n1')?.status).toBe('lost');
  });

  it('a new leader dispatches nothing to a node that it has not heard', () => {
    const kit = leading();
    kit.takeOver(term(2));
    kit.wire.forget();
    kit.drain(asks(startRun('d', 'r2')));
    kit.settle();
    expect(rowOf(kit, 'a', 'r2')).toBeUndefined();
    kit.heartbeat('n1');
    kit.settle();
    expect(rowOf(kit, 'a', 'r2')?.status).toBe('queued');
  });

  it('W12: a restarted executor loses its attempts at once, and they are repeated', () => {
    const kit = leading();
    const before = liveToken(kit);
    kit.heartbeat('n1', { life: 2 });
    kit.settle();
    kit.pass(1);
    kit.settle();
    expect(liveToken(kit).token).toBeGreaterThan(before.token);
    expect(rowOf(kit)?.attempts).toMatchObject([{ outcome: 'lost', token: before.token }]);
    expect(kit.wire.said('dispatch').at(-1)?.incarnation).toBe('n1-02');
  });

  it('a task that is not idempotent is not repeated when its node is lost', () => {
    const kit = leading(spec({ a: task({ idempotent: false, retries: 9 }) }));
    kit.pass(13_000);
    kit.settle();
    expect(kit.state.count('run')).toBe(0);
  });

  it('a task that loses its node again and again fails in the end', () => {
    const kit = leading();
    for (let life = 2; life <= 11; life++) {
      kit.heartbeat('n1', { life });
      kit.pass(1);
      kit.settle();
      expect(rowOf(kit)?.attempts).toHaveLength(life - 1);
    }
    kit.heartbeat('n1', { life: 12 });
    kit.settle();
    expect(kit.state.count('run')).toBe(0);
  });

  it('a heartbeat is answered at once with the lease, and with nothing else if all is well', () => {
    const kit = leading();
    const id = liveToken(kit);
    kit.wire.forget();
    kit.heartbeat('n1', { held: [{ id, phase: 'accepted', startedAt: null }] });
    expect(kit.wire.executors.map(({ message }) => message.kind)).toEqual(['heartbeat-answer']);
    expect(kit.log.pending).toBe(0);
  });

  it('law 4: a dispatch that two heartbeats did not list is sent again', () => {
    const kit = leading();
    kit.heartbeat('n1');
    expect(kit.wire.said('dispatch')).toHaveLength(1);
    kit.heartbeat('n1');
    expect(kit.wire.said('dispatch')).toHaveLength(2);
  });

  it('law 4: what the state does not know is revoked', () => {
    const kit = leading();
    const id = liveToken(kit);
    kit.drain(ends(kit));
    kit.settle();
    kit.heartbeat('n1', { held: [{ id, phase: 'running', startedAt: later(0) }] });
    expect(kit.wire.said('revoke')).toMatchObject([{ attempts: [{ token: id.token }] }]);
  });

  it('a lost start message is made up for by the heartbeat', () => {
    const kit = leading();
    const id = liveToken(kit);
    kit.heartbeat('n1', { held: [{ id, phase: 'running', startedAt: later(7) }] });
    expect(rowOf(kit)).toMatchObject({ status: 'running', startedAt: later(7) });
  });

  it('the heartbeat of an older executor is neither answered nor believed', () => {
    const kit = leading();
    kit.heartbeat('n1', { life: 3 });
    kit.settle();
    kit.wire.forget();
    kit.heartbeat('n1', { life: 2 });
    expect(kit.wire.executors).toEqual([]);
    expect(kit.state.node('n1')?.incarnation).toBe('n1-03');
  });
});

describe('leader: a decision fails', () => {
  it('T1: it is undone to its begin, the client hears of it, the rest of the turn stays', () => {
    const kit = leading();
    const broken = applyDag('e', one);
    // A content that no API would let through: its tasks are missing.
    const noTasks = { ...broken, spec: { ...one, tasks: null as never } } as Command;
    kit.wire.forget();
    kit.drain(asks(applyDag('f', one)), asks(noTasks), asks(applyDag('g', one)));
    kit.settle();
    expect(kit.wire.gateway).toMatchObject([
      { answer: { ok: true } },
      { answer: { ok: false, error: { code: 'INTERNAL' } } },
      { answer: { ok: true } },
    ]);
    expect([...kit.state.dags()].map(({ dagId }) => dagId)).toEqual(['d', 'f', 'g']);
    expect(kit.state.digest()).toBe(kit.committedState().digest());
    expect(kit.events.filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});

describe('leader: losing leadership', () => {
  it('clients of what is undone ask again, and the state is that of the committed log', () => {
    const kit = leading();
    kit.drain(asks(applyDag('e', one)));
    kit.drain(ends(kit));
    kit.leader.take(asks(applyDag('f', one)));
    kit.wire.forget();
    kit.leader.unwind();
    expect(kit.wire.gateway.map(({ kind }) => kind)).toEqual(['not-leader', 'not-leader']);
    expect(kit.state.digest()).toBe(kit.committedState().digest());
    expect(rowOf(kit)?.status).toBe('queued');
  });

  it('an entry of another leader at an index of ours is not taken for ours', () => {
    const kit = leading();
    kit.drain(asks(applyDag('e', one)));
    expect(() => kit.leader.committed(logIndex(kit.log.nextIndex() - 1), term(2))).toThrow('H1');
    expect(kit.leader.committed(logIndex(9999), term(1))).toBeUndefined();
  });
});

describe('leader: placement over turns', () => {
  it('T21, L107: independent tasks use every free node, none waits for all of them', () => {
    const kit = new LeaderKit();
    kit.heartbeat('n1', { capacity: { slots: 1 } });
    kit.heartbeat('n2', { capacity: { slots: 1 } });
    const content = spec({ a: task(), b: task(), c: task() });
    kit.drain(asks(applyDag('d', content)), asks(startRun('d', 'r1')));
    kit.settle();
    const placed = kit.wire.executors.filter(({ message }) => message.kind === 'dispatch');
    expect(placed.map(({ node }) => node)).toEqual([nodeId('n1'), nodeId('n2')]);
    kit.drain(ends(kit));
    expect(rowOf(kit, 'c')?.status).toBe('queued');
  });

  it('more tasks than one turn assigns are assigned by the turns that follow', () => {
    const kit = new LeaderKit();
    kit.heartbeat('n1', { capacity: { slots: 2000 } });
    const tasks = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`t${i}`, task()]));
    kit.drain(asks(applyDag('d', spec(tasks))), asks(startRun('d', 'r1')));
    for (let i = 0; i < 12; i++) kit.commit();
    expect(kit.leader.board.attemptsOn('n1').size).toBe(1200);
    const tokens = new Set(kit.wire.said('dispatch').flatMap(({ dispatches }) => dispatches));
    expect(new Set([...tokens].map(({ id }) => id.token)).size).toBe(1200);
  });

  it('T15: 100 tasks through one slot all get their turn', () => {
    const tasks = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`t${i}`, task()]));
    const kit = new LeaderKit();
    kit.heartbeat('n1', { capacity: { slots: 1 } });
    kit.drain(asks(applyDag('d', spec(tasks))), asks(startRun('d', 'r1')));
    kit.settle();
    for (let i = 0; i < 100; i++) {
      const [live] = kit.leader.board.attemptsOn('n1').values();
      if (live === undefined) break;
      kit.drain(ends(kit, live.taskId));
      kit.settle();
    }
    expect(kit.state.count('run')).toBe(0);
    expect(kit.leader.board.load('n1')).toEqual({});
  });
});

/** Of the records that the log holds. */
const versionsIn = (kit: LeaderKit): readonly number[] =>
  kit.log.entries
    .filter(({ payload }) => payload.length > 0)
    .map(({ payload }) => decodeRecord(payload).version);

describe('leader: versions beside each other', () => {
  const delayed = spec({ a: task({ delayMs: 60_000 }) });

  it('P90: what an older member does not know is refused, and nothing of it is written', () => {
    const kit = leading();
    const before = kit.log.entries.length;
    kit.recordVersionMax = 1;
    kit.drain(asks(applyDag('new', delayed)));
    expect(kit.log.entries.length).toBe(before);
    expect(kit.state.dag(here, dagId('new'))).toBeUndefined();
    expect(kit.wire.gateway.at(-1)).toMatchObject({
      answer: { ok: false, error: { code: 'MIXED_VERSIONS' } },
    });
    kit.drain(asks(applyDag('old', one)));
    expect(kit.state.dag(here, dagId('old'))).toBeDefined();
  });

  it('P90: while a member has yet to say its version, what is new waits for the next copy', () => {
    const kit = leading();
    kit.recordVersionMax = 1;
    kit.versionsPending = true;
    const answers = kit.wire.gateway.length;
    kit.drain(asks(applyDag('new', delayed)));
    expect(kit.wire.gateway.length).toBe(answers);
    kit.recordVersionMax = 2;
    kit.drain(asks(applyDag('new', delayed)));
    expect(kit.state.dag(here, dagId('new'))).toBeDefined();
  });

  it('P90: what needed version 2 once goes on, whoever has not said his version', () => {
    const kit = leading();
    kit.drain(asks(applyDag('new', delayed)));
    kit.recordVersionMax = 1;
    kit.drain(asks(startRun('new', 'r1')));
    expect(kit.state.run(here, runId('r1'))?.run.status).toBe('running');
    expect(versionsIn(kit).at(-1)).toBe(2);
  });

  it('P90: a node that says taints is not there before it is known who reads them', () => {
    const kit = leading();
    const taints = [{ key: 'spot', value: '', effect: 'refuse' as const }];
    const fresh = () => kit.state.node(nodeId('fresh'));
    kit.versionsPending = true;
    kit.heartbeat('fresh', { taints });
    expect(fresh()).toBeUndefined();
    // A member is too old: the node works as it would in a cluster of that version.
    kit.versionsPending = false;
    kit.heartbeat('fresh', { taints });
    expect(fresh()).toMatchObject({ status: 'alive' });
    expect(fresh()).not.toHaveProperty('taints');
    kit.recordVersionMax = 3;
    kit.heartbeat('fresh', { taints });
    expect(fresh()).toMatchObject({ taints });
  });

  it('P90: a record is of the oldest version that can say it', () => {
    const kit = leading();
    expect(new Set(versionsIn(kit))).toEqual(new Set([1]));
    kit.drain(asks(applyDag('new', delayed)));
    kit.drain(asks(applyDag('old', one)));
    expect(versionsIn(kit).slice(-2)).toEqual([2, 1]);
  });
});
