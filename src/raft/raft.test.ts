/** What text scenarios cannot say: answers of the disk that are late, and messages made by hand. */
import { expect, test } from 'vitest';
import { incarnation, logIndex, type NodeId, nodeId, term } from '../base/brand.ts';
import type { Entry } from './log-store.ts';
import { type Members, noMembers } from './members.ts';
import { Raft } from './raft.ts';
import { defaultCoreSettings } from './settings.ts';
import type { Message, Output } from './types.ts';

const [a, b, c] = [nodeId('a'), nodeId('b'), nodeId('c')];
const leaders = [a, b, c];
const chance = { uint32: () => 0, fraction: () => 0 };

const entry = (index: number, entryTerm: number, bytes = 1): Entry => ({
  index: logIndex(index),
  term: term(entryTerm),
  payload: new Uint8Array(bytes),
});

const lives = (nodes: readonly NodeId[]) =>
  nodes.map((node) => ({ node, incarnation: incarnation(`${node}.1`) }));

const votersOf = (nodes: readonly NodeId[]): Members => ({ ...noMembers, voters: lives(nodes) });

const raftOf = (voters = leaders, settings = {}): Raft =>
  new Raft({
    self: a,
    incarnation: incarnation('a.1'),
    base: { index: logIndex(0), term: term(0), chain: 0, members: votersOf(voters) },
    members: [],
    random: chance,
    settings: { ...defaultCoreSettings, ...settings },
    hardState: { term: term(1), vote: undefined },
    lastIndex: logIndex(1),
    terms: [{ first: logIndex(1), term: term(1) }],
    appliedIndex: logIndex(0),
  });

const append = (leaderTerm: number, prev: Entry, entries: readonly Entry[]): Message => ({
  kind: 'append',
  term: term(leaderTerm),
  prevIndex: prev.index,
  prevTerm: prev.term,
  commit: logIndex(0),
  entries,
});

const persisted = (write: number, index: number, lastTerm: number) =>
  ({ kind: 'persisted', write, lastIndex: logIndex(index), lastTerm: term(lastTerm) }) as const;

const kinds = (outputs: readonly Output[]): string[] =>
  outputs.map((output) => (output.kind === 'send' ? output.message.kind : output.kind));

test('raft: a late disk answer for an entry that was replaced and came back proves nothing', () => {
  const raft = raftOf();
  const first = entry(1, 1);
  const again = [entry(2, 2), entry(3, 4)];
  raft.step({ kind: 'message', from: b, message: append(2, first, [entry(2, 2)]) });
  raft.step({ kind: 'message', from: c, message: append(3, first, [entry(2, 3)]) });
  raft.step({ kind: 'message', from: b, message: append(4, first, again) });
  expect(kinds(raft.step(persisted(1, 2, 2)))).toEqual([]);
  expect(raft.view.durable).toBe(1);
  expect(kinds(raft.step(persisted(2, 2, 3)))).toEqual([]);
  expect(raft.view.durable).toBe(1);
  expect(raft.step(persisted(3, 3, 4))).toMatchObject([
    { kind: 'send', to: [b], message: { kind: 'append-accepted', term: 4, match: 3 } },
  ]);
});

test('raft: an answer that waits for the disk is lost when the term changes first', () => {
  const raft = raftOf();
  const vote = {
    kind: 'vote',
    lastIndex: logIndex(1),
    lastTerm: term(1),
    transfer: false,
  } as const;
  raft.step({ kind: 'message', from: b, message: { ...vote, term: term(5) } });
  raft.step({ kind: 'message', from: c, message: { ...vote, term: term(6) } });
  expect(raft.step(persisted(1, 1, 1))).toEqual([]);
  expect(raft.step(persisted(2, 1, 1))).toMatchObject([
    { to: [c], message: { kind: 'vote-answer', term: 6, granted: true } },
  ]);
});

test('raft: a single voter leads when its vote is synced and commits when its entry is', () => {
  const raft = raftOf([a]);
  expect(kinds(raft.step({ kind: 'tick' }))).toEqual(['persist', 'role']);
  expect(raft.view.role).toBe('candidate');
  expect(kinds(raft.step(persisted(1, 1, 1)))).toEqual(['persist', 'role']);
  expect(raft.view).toMatchObject({ role: 'leader', commit: 0 });
  expect(raft.step(persisted(2, 2, 2))).toEqual([{ kind: 'committed', index: 2 }]);
});

test('raft: followers at the same place share one append', () => {
  const raft = leading();
  raft.step({ kind: 'propose', payload: new Uint8Array(9) });
  raft.step({ kind: 'propose', payload: new Uint8Array(9) });
  expect(raft.step({ kind: 'flush' })).toMatchObject([
    { kind: 'send-append', to: [b, c], prevIndex: 2, lastIndex: 4, cut: false },
  ]);
});

test('raft: the uncommitted tail is bounded, and room returns with commits', () => {
  const raft = leading({ maxUncommittedEntries: 2 });
  const propose = () => raft.step({ kind: 'propose', payload: new Uint8Array(1) });
  propose();
  propose();
  expect(propose()).toEqual([{ kind: 'refused', reason: 'overloaded' }]);
  raft.step({ kind: 'flush' });
  raft.step(persisted(4, 4, 2));
  raft.step({
    kind: 'message',
    from: c,
    message: { kind: 'append-accepted', term: term(2), match: logIndex(4) },
  });
  expect(kinds(propose())).toEqual(['persist', 'accepted']);
});

test('raft: an oversize entry is refused and the log is untouched', () => {
  const raft = leading({ maxEntryBytes: 10 });
  expect(raft.step({ kind: 'propose', payload: new Uint8Array(11) })).toEqual([
    { kind: 'refused', reason: 'too-large' },
  ]);
  expect(raft.view.log.lastIndex).toBe(2);
});

test('raft: a read before the no-op of the term is committed waits for it', () => {
  const raft = elected();
  expect(raft.step({ kind: 'read', id: 7 })).toEqual([]);
  raft.step(persisted(2, 2, 2));
  const accepted = { kind: 'append-accepted', term: term(2), match: logIndex(2) } as const;
  const outputs = raft.step({ kind: 'message', from: b, message: accepted });
  expect(kinds(outputs)).toEqual(['commit-notice', 'heartbeat', 'committed']);
  const nothing = { round: 1, match: logIndex(2), received: logIndex(2), lastIndex: logIndex(2) };
  const answer = { kind: 'heartbeat-answer', term: term(2), ...nothing } as const;
  expect(raft.step({ kind: 'message', from: c, message: answer })).toEqual([
    { kind: 'read-ready', id: 7, index: 2 },
  ]);
});

test('raft: no heartbeat confirms a read before the no-op of the term is committed', () => {
  const raft = elected();
  raft.step({ kind: 'read', id: 7 });
  raft.step({ kind: 'tick' });
  expect(kinds(raft.step({ kind: 'tick' }))).toEqual(['heartbeat']);
  const nothing = { round: 1, match: logIndex(0), received: logIndex(0), lastIndex: logIndex(2) };
  const answer = { kind: 'heartbeat-answer', term: term(2), ...nothing } as const;
  for (const from of [b, c]) {
    expect(raft.step({ kind: 'message', from, message: answer })).toEqual([]);
  }
});

test('raft: a leader that this node has not heard of yet is followed', () => {
  const raft = raftOf();
  const heartbeat = { kind: 'heartbeat', term: term(9), commit: logIndex(1), round: 1 } as const;
  raft.step({ kind: 'message', from: nodeId('z'), message: heartbeat });
  expect(raft.view).toMatchObject({ term: 9, role: 'follower', leader: 'z' });
});

test('raft: answers of nodes that are not members are not heard, whatever their term', () => {
  const raft = leading();
  raft.step({ kind: 'propose', payload: new Uint8Array(1) });
  const from = nodeId('z');
  const accepted = { kind: 'append-accepted', term: term(2), match: logIndex(3) } as const;
  const newer = { kind: 'vote-answer', term: term(9), granted: false } as const;
  for (const message of [accepted, newer]) raft.step({ kind: 'message', from, message });
  expect(raft.view).toMatchObject({ term: 2, role: 'leader', commit: 2 });
});

test('raft: a late request for a higher term does not part a node from its leader', () => {
  const raft = raftOf();
  const heartbeat = { kind: 'heartbeat', term: term(2), commit: logIndex(0), round: 1 } as const;
  raft.step({ kind: 'message', from: b, message: heartbeat });
  const end = { lastIndex: logIndex(9), lastTerm: term(2) };
  const vote = { kind: 'vote', term: term(3), ...end, transfer: false } as const;
  expect(raft.step({ kind: 'message', from: c, message: vote })).toEqual([]);
  expect(raft.view).toMatchObject({ term: 2, leader: b });
  raft.step({ kind: 'message', from: c, message: { ...vote, transfer: true } });
  expect(raft.view).toMatchObject({ term: 3, vote: c, leader: undefined });
});

/** Leads in term 2 with votes of b; its no-op at index 2 is neither synced nor answered. */
function elected(settings = {}): Raft {
  const raft = raftOf(leaders, settings);
  while (raft.view.role === 'follower') raft.step({ kind: 'tick' });
  const granted = { term: term(2), granted: true } as const;
  raft.step({
    kind: 'message',
    from: b,
    message: { kind: 'pre-vote-answer', voterTerm: term(1), ...granted },
  });
  raft.step(persisted(1, 1, 1));
  raft.step({ kind: 'message', from: b, message: { kind: 'vote-answer', ...granted } });
  expect(raft.view.role).toBe('leader');
  return raft;
}

/** The no-op is on every node. */
function leading(settings = {}): Raft {
  const raft = elected(settings);
  raft.step(persisted(2, 2, 2));
  for (const from of [b, c]) {
    const message = { kind: 'append-accepted', term: term(2), match: logIndex(2) } as const;
    raft.step({ kind: 'message', from, message });
  }
  return raft;
}
