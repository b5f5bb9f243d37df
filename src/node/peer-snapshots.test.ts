import { expect, test } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import type { Sender, Wire } from '../actors/wire.ts';
import { incarnation, logIndex, nodeId, type Term, term, wallMs } from '../base/brand.ts';
import { SeededRandom } from '../base/random.ts';
import { silentTrace } from '../base/trace.ts';
import { noMembers } from '../raft/members.ts';
import { ledgerFormatMax } from '../storage/ledger-meta.ts';
import { firstPlace } from '../storage/ledger-place.ts';
import { MemoryDisk } from '../storage/memory.ts';
import { PeerSnapshots } from './peer-snapshots.ts';
import { snapshotInboxes } from './snapshot-messages.ts';

const [a, b] = [nodeId('a'), nodeId('b')];
const peer = (node: typeof a): Sender => ({
  node,
  side: 'peer',
  incarnation: incarnation(`${node}.1`),
});

/** What a node answers that follows `a` in term 3, has committed 50 and applied 40 entries. */
function answersTo(from: typeof a, offered: { readonly term: Term; readonly index: number }) {
  const clock = new StepClock();
  const said = new Set<string>();
  let offer: (message: unknown, from: Sender) => void = () => {};
  const wire: Wire = {
    self: peer(nodeId('c')),
    send: (_to, _inbox, _lane, message) => said.add((message as { kind: string }).kind),
    listen: (inbox, receive) => {
      if (inbox === snapshotInboxes.target) offer = receive;
      return { cancel: () => {} };
    },
  };
  const unused = (): never => expect.unreachable('nothing is installed here');
  const disk = new MemoryDisk({ clock, random: new SeededRandom(1) });
  const stores = { ledger: { appliedIndex: logIndex(40) }, log: {}, place: firstPlace };
  const snapshots = new PeerSnapshots({
    ...{ clock, wire, disk, trace: silentTrace, pageBytes: 1000 },
    stores: stores as never,
    status: () => ({ leader: a, term: term(3), commitIndex: logIndex(50) }) as never,
    installed: unused,
    failed: unused,
  });
  snapshots.start();
  const base = { index: logIndex(offered.index), term: term(2), chain: 7, members: noMembers };
  const id = { term: offered.term, session: 1 };
  const appliedAt = wallMs(0);
  offer({ kind: 'snapshot-offer', id, base, appliedAt, format: ledgerFormatMax }, peer(from));
  for (let step = 0; step < 20; step++) clock.step();
  return [...said];
}

test('snapshots: P51: one that brings nothing new is declined', () => {
  for (const index of [1, 40, 41, 50]) {
    expect(answersTo(a, { term: term(3), index })).toEqual(['snapshot-refused']);
  }
  expect(answersTo(a, { term: term(3), index: 51 })).toContain('snapshot-request');
});

test('snapshots: P53: only the leader of the term is believed', () => {
  expect(answersTo(b, { term: term(3), index: 60 })).toEqual(['snapshot-refused']);
  expect(answersTo(a, { term: term(2), index: 60 })).toEqual(['snapshot-refused']);
});
