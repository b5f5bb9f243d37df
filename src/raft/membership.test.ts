/** What text scenarios cannot say of members: late answers, limits, and nodes that forget. */
import { expect, test } from 'vitest';
import { incarnation, logIndex, type NodeId, nodeId, term } from '../base/brand.ts';
import { encodeMembers, type MemberChange, type Members, noMembers } from './members.ts';
import { Raft } from './raft.ts';
import { defaultCoreSettings } from './settings.ts';
import type { Message, Output } from './types.ts';

const [a, b, c, d] = [nodeId('a'), nodeId('b'), nodeId('c'), nodeId('d')];
const member = (node: NodeId, life = 1) => ({ node, incarnation: incarnation(`${node}.${life}`) });
const learner = (node: NodeId) => ({ ...member(node), held: false });
const now = term(1);

/** One core, and a disk that syncs when it is told to. */
class Bench {
  readonly raft: Raft;
  #write = 0;

  constructor(members: Partial<Members>, settings = {}) {
    const base = { index: logIndex(0), term: term(0), chain: 0 };
    this.raft = new Raft({
      self: a,
      incarnation: member(a).incarnation,
      random: { uint32: () => 0, fraction: () => 0 },
      settings: { ...defaultCoreSettings, ...settings },
      hardState: { term: term(0), vote: undefined },
      base: { ...base, members: { ...noMembers, ...members } },
      lastIndex: logIndex(0),
      terms: [],
      members: [],
      appliedIndex: logIndex(0),
    });
  }

  step(input: Parameters<Raft['step']>[0]): readonly Output[] {
    const outputs = this.raft.step(input);
    for (const output of outputs) if (output.kind === 'persist') this.#write = output.write;
    return outputs;
  }

  hear(from: NodeId, message: Message): readonly Output[] {
    return this.step({ kind: 'message', from, message });
  }

  sync(): readonly Output[] {
    const { lastIndex, lastTerm } = this.raft.view.log;
    return this.step({ kind: 'persisted', write: this.#write, lastIndex, lastTerm });
  }

  accept(from: NodeId, match: number): readonly Output[] {
    return this.hear(from, { kind: 'append-accepted', term: now, match: logIndex(match) });
  }

  beat(from: NodeId, round: number, lastIndex: number): readonly Output[] {
    const nothing = { match: logIndex(0), received: logIndex(0) };
    const last = { ...nothing, lastIndex: logIndex(lastIndex) };
    return this.hear(from, { kind: 'heartbeat-answer', term: now, round, ...last });
  }

  change(change: MemberChange): readonly Output[] {
    return this.step({ kind: 'change-members', change });
  }

  /** Leads term 1 with the votes of `voters`; its no-op is synced here alone. */
  lead(...voters: readonly NodeId[]): this {
    while (this.raft.view.role === 'follower') this.step({ kind: 'tick' });
    const granted = { term: now, granted: true } as const;
    for (const from of voters) {
      this.hear(from, { kind: 'pre-vote-answer', voterTerm: term(0), ...granted });
    }
    this.sync();
    for (const from of voters) this.hear(from, { kind: 'vote-answer', ...granted });
    this.sync();
    expect(this.raft.view.role).toBe('leader');
    return this;
  }
}

const kinds = (outputs: readonly Output[]): string[] =>
  outputs.map((output) => (output.kind === 'send' ? output.message.kind : output.kind));

const three = { voters: [member(a), member(b), member(c)] };

/** Of a, b and c; the no-op is committed. */
const leading = (settings = {}): Bench => {
  const bench = new Bench(three, settings).lead(b, c);
  bench.accept(b, 1);
  bench.accept(c, 1);
  return bench;
};

test('raft: a change is refused until the no-op of the term is committed', () => {
  const bench = new Bench(three).lead(b);
  const add = { kind: 'add-learner', member: member(d) } as const;
  expect(bench.change(add)).toEqual([{ kind: 'change-refused', reason: 'not-ready' }]);
  bench.accept(b, 1);
  expect(bench.change(add)).toMatchObject([
    { kind: 'persist', append: [{ index: 2 }] },
    { kind: 'accepted', index: 2 },
    { kind: 'send-append', to: [b] },
    { kind: 'send-append', to: [d] },
    { kind: 'members', index: 2, committed: false },
  ]);
});

test('raft: a change waits for room like a proposal', () => {
  const bench = leading({ maxUncommittedEntries: 1 });
  bench.step({ kind: 'propose', payload: new Uint8Array(1) });
  expect(bench.change({ kind: 'demote', node: c })).toEqual([
    { kind: 'change-refused', reason: 'overloaded' },
  ]);
});

test('raft: nobody may propose what is a configuration', () => {
  const payload = encodeMembers({ ...noMembers, ...three });
  expect(() => leading().step({ kind: 'propose', payload })).toThrow('K1');
});

test('raft: what a former life acknowledged does not count for the one in its place', () => {
  const bench = leading();
  bench.step({ kind: 'propose', payload: new Uint8Array(1) });
  bench.sync();
  bench.accept(c, 2);
  bench.change({ kind: 'add-learner', member: member(c, 2) });
  expect(bench.raft.progressOf(c)).toEqual(expect.objectContaining({ match: 0 }));
  expect(bench.raft.view.members.members.removed).toEqual(['c.1']);
});

test('raft: a promoted learner keeps what it has acknowledged, and counts from then on', () => {
  const bench = leading();
  bench.change({ kind: 'add-learner', member: member(d) });
  bench.sync();
  bench.accept(b, 2);
  expect(bench.change({ kind: 'promote', node: d })).toEqual([
    { kind: 'change-refused', reason: 'behind' },
  ]);
  bench.accept(d, 2);
  expect(kinds(bench.change({ kind: 'promote', node: d }))).toContain('accepted');
  expect(bench.raft.progressOf(d)).toMatchObject({ match: 2 });
  bench.sync();
  bench.accept(b, 3);
  expect(bench.raft.view.commit).toBe(2);
  bench.accept(d, 3);
  expect(bench.raft.view).toMatchObject({ commit: 3, committedMembers: { index: 3 } });
});

test('raft: a learner that lags more than the limit is not promoted', () => {
  const bench = leading({ promoteLagMax: 1 });
  bench.change({ kind: 'add-learner', member: member(d) });
  bench.sync();
  bench.accept(b, 2);
  bench.accept(d, 1);
  bench.step({ kind: 'propose', payload: new Uint8Array(1) });
  const promote = { kind: 'promote', node: d } as const;
  expect(bench.change(promote)).toEqual([{ kind: 'change-refused', reason: 'behind' }]);
  bench.accept(d, 2);
  expect(kinds(bench.change(promote))).toContain('accepted');
});

test('raft: learners count for nothing: not for commits, check-quorum, or reads', () => {
  const bench = new Bench({ voters: [member(a), member(b)], learners: [learner(c), learner(d)] });
  bench.lead(b);
  bench.accept(c, 1);
  bench.accept(d, 1);
  expect(bench.raft.view.commit).toBe(0);
  bench.accept(b, 1);
  expect(bench.raft.view.commit).toBe(1);
  expect(kinds(bench.step({ kind: 'read', id: 1 }))).toEqual(['heartbeat']);
  expect([...bench.beat(c, 1, 1), ...bench.beat(d, 1, 1)]).toEqual([]);
  for (let tick = 0; tick < 2 * defaultCoreSettings.electionTicksMin; tick++) {
    bench.beat(c, 1, 1);
    bench.step({ kind: 'tick' });
  }
  expect(bench.raft.view.role).toBe('follower');
});

test('raft: a leader that removes itself does not count itself', () => {
  const bench = leading();
  bench.change({ kind: 'remove', node: a });
  bench.sync();
  bench.accept(b, 2);
  expect(bench.raft.view.commit).toBe(1);
  expect(kinds(bench.accept(c, 2))).toEqual([
    'commit-notice',
    'timeout-now',
    'committed',
    'members',
  ]);
  expect(bench.raft.view).toMatchObject({ role: 'leader', commit: 2 });
  expect(bench.step({ kind: 'propose', payload: new Uint8Array(1) })).toEqual([
    { kind: 'refused', reason: 'transferring' },
  ]);
});

test('raft: removing one of two leaves a voter that commits alone', () => {
  const bench = new Bench({ voters: [member(a), member(b)] }).lead(b);
  bench.accept(b, 1);
  bench.step({ kind: 'propose', payload: new Uint8Array(1) });
  bench.change({ kind: 'remove', node: b });
  expect(bench.raft.view.commit).toBe(1);
  bench.sync();
  expect(bench.raft.view.commit).toBe(3);
});

test('raft: a member that lost what it acknowledged is named, once', () => {
  const bench = leading();
  bench.step({ kind: 'tick' });
  bench.step({ kind: 'tick' });
  bench.step({ kind: 'propose', payload: new Uint8Array(1) });
  bench.accept(c, 2);
  expect(kinds(bench.beat(c, 1, 1))).not.toContain('member-forgot');
  bench.step({ kind: 'tick' });
  bench.step({ kind: 'tick' });
  expect(kinds(bench.beat(c, 2, 2))).not.toContain('member-forgot');
  expect(bench.beat(c, 2, 1)).toContainEqual({ kind: 'member-forgot', node: c });
  expect(kinds(bench.beat(c, 2, 1))).not.toContain('member-forgot');
});

test('raft: a learner that is told of the death of its leader waits and does not campaign', () => {
  const bench = new Bench({ voters: [member(b), member(c)], learners: [learner(a)] });
  const heartbeat = { kind: 'heartbeat', term: now, commit: logIndex(0), round: 1 } as const;
  bench.hear(b, heartbeat);
  bench.sync();
  expect(bench.step({ kind: 'leader-may-be-dead', leader: b })).toMatchObject([
    { kind: 'role', role: 'follower', leader: undefined },
  ]);
  for (let tick = 0; tick < 100; tick++) expect(bench.step({ kind: 'tick' })).toEqual([]);
  bench.hear(c, { ...heartbeat, term: term(2) });
  expect(bench.raft.view.leader).toBe(c);
});

test('raft: a learner forgets a leader that falls silent', () => {
  const bench = new Bench({ voters: [member(b)], learners: [learner(a)] });
  bench.hear(b, { kind: 'heartbeat', term: now, commit: logIndex(0), round: 1 });
  bench.sync();
  for (let tick = 0; tick < 40; tick++) bench.step({ kind: 'tick' });
  expect(bench.raft.view).toMatchObject({ role: 'follower', leader: undefined, term: 1 });
});

test('raft: a learner is told to campaign by mistake and does not', () => {
  const bench = new Bench({ voters: [member(b)], learners: [learner(a)] });
  bench.hear(b, { kind: 'heartbeat', term: now, commit: logIndex(0), round: 1 });
  bench.sync();
  expect(bench.hear(b, { kind: 'timeout-now', term: now })).toEqual([]);
});

test('raft: a hint does not make a node campaign whose disk hangs', () => {
  const bench = new Bench(three, { diskHangTicks: 3 });
  bench.hear(b, { kind: 'heartbeat', term: now, commit: logIndex(0), round: 1 });
  for (let tick = 0; tick < 3; tick++) bench.step({ kind: 'tick' });
  bench.step({ kind: 'leader-may-be-dead', leader: b });
  expect(bench.raft.view).toMatchObject({ role: 'follower', leader: undefined });
});

test('raft: what is committed is not given up before it is synced here', () => {
  const bench = leading();
  bench.step({ kind: 'propose', payload: new Uint8Array(1) });
  bench.accept(b, 2);
  bench.accept(c, 2);
  expect(bench.raft.view).toMatchObject({ commit: 2, durable: 1 });
  expect(() => bench.step({ kind: 'compact', to: logIndex(2) })).toThrow('R7');
});

test('raft: the vote of a learner does not count', () => {
  const bench = new Bench({ voters: [member(a), member(b)], learners: [learner(c)] });
  while (bench.raft.view.role === 'follower') bench.step({ kind: 'tick' });
  const granted = { term: now, granted: true } as const;
  const asked = { kind: 'pre-vote-answer', voterTerm: term(0), ...granted } as const;
  bench.hear(c, asked);
  expect(bench.raft.view.role).toBe('pre-candidate');
  bench.hear(b, asked);
  bench.sync();
  bench.hear(c, { kind: 'vote-answer', ...granted });
  expect(bench.raft.view.role).toBe('candidate');
});

test('raft: only what is committed and synced is given up', () => {
  const bench = leading();
  bench.step({ kind: 'propose', payload: new Uint8Array(1) });
  expect(() => bench.step({ kind: 'compact', to: logIndex(2) })).toThrow('R7');
  expect(bench.step({ kind: 'compact', to: logIndex(1) })).toMatchObject([
    { kind: 'persist', purgeTo: 1, append: [] },
  ]);
  expect(bench.step({ kind: 'compact', to: logIndex(1) })).toEqual([]);
  expect(bench.raft.view.log.base).toEqual({ index: 1, term: 1 });
});

test('raft: a snapshot that ended for somebody who needs none changes nothing', () => {
  const bench = leading();
  for (const to of [b, d]) {
    expect(bench.step({ kind: 'snapshot-ended', to, index: logIndex(1) })).toEqual([]);
  }
});

/** c needs entries that are not in the log any more, and the leader knows it. */
const owing = (): Bench => {
  const bench = new Bench(three).lead(b);
  bench.accept(b, 1);
  bench.step({ kind: 'compact', to: logIndex(1) });
  const nothing = { hintIndex: logIndex(0), hintTerm: term(0), prevIndex: logIndex(0) };
  bench.hear(c, { kind: 'append-rejected', term: now, ...nothing });
  for (let beat = 1; beat < 8; beat++) bench.beat(c, 0, 0);
  expect(bench.raft.progressOf(c)).toMatchObject({ state: 'snapshot' });
  return bench;
};

test('raft: after a snapshot that failed the follower is asked whether it has the base', () => {
  const bench = owing();
  expect(bench.step({ kind: 'snapshot-ended', to: c, index: undefined })).toEqual([]);
  const outputs = Array.from({ length: 9 }, () => bench.beat(c, 0, 0)).flat();
  expect(outputs[0]).toMatchObject({ kind: 'send-append', to: [c], prevIndex: 1, prevTerm: 1 });
});

test('raft: behind a snapshot the appends go on at once', () => {
  const bench = owing();
  bench.step({ kind: 'propose', payload: new Uint8Array(1) });
  const outputs = bench.step({ kind: 'snapshot-ended', to: c, index: logIndex(1) });
  const probe = { kind: 'send-append', to: [c], prevIndex: 1 };
  expect(outputs).toContainEqual(expect.objectContaining(probe));
});

test('raft: a follower that reaches the base by itself needs no snapshot any more', () => {
  const bench = owing();
  bench.accept(c, 1);
  expect(bench.raft.progressOf(c)).toMatchObject({ state: 'probe', match: 1 });
});
