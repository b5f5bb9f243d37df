/**
 * Restores: the power may fail at any moment, so what a disk holds durably must open, and be a
 * state of the history: I4 and P35, the ledger's rows are the state at its applied index; P85, that
 * state and the tail of the log give the state at every later index. Looked at now and then, on a
 * copy of one disk, with the production's own way of opening it.
 */
import { logIndex } from '../../../src/base/brand.ts';
import type { DiskError } from '../../../src/base/ports.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import type { Result } from '../../../src/base/result.ts';
import { silentTrace } from '../../../src/base/trace.ts';
import { decodeRecord } from '../../../src/model/record.ts';
import { openStores, type PeerStores } from '../../../src/node/peer-stores.ts';
import type { Entry } from '../../../src/raft/log-store.ts';
import { isMembersPayload } from '../../../src/raft/members.ts';
import { ledgerDefaults } from '../../../src/storage/ledger.ts';
import { MemoryDisk } from '../../../src/storage/memory.ts';
import { firstMembers } from '../cluster.ts';
import type { SimNode } from '../node.ts';
import { Timeline } from '../timeline.ts';
import type { MakeChecker, Scene } from './checker.ts';

/** Committed entries between two looks. */
const lookEvery = 100;

export const restores: MakeChecker = (scene) => {
  let looks = 0;
  return {
    settled() {
      const due = Math.floor(scene.chronicle.lastIndex / lookEvery);
      if (due <= looks) return;
      looks = due;
      const node = scene.nodes[looks % scene.nodes.length];
      if (node?.peer !== undefined && node.diskFaults === 0) look(scene, node);
    },
  };
};

function look(scene: Scene, node: SimNode): void {
  const desk = new Timeline();
  const { clock } = desk;
  const disk = new MemoryDisk({ clock, random: new SeededRandom(1) });
  disk.restore(node.disk.backup());
  disk.crash({ loseUnsynced: true });
  let opened: PeerStores | undefined;
  let why = 'its stores do not open';
  const members = firstMembers(scene.options.nodes);
  openStores(
    {
      ...{ disk, clock, members, create: false, trace: silentTrace, ledger: ledgerDefaults },
      failed: (failure) => {
        why = failure.why;
      },
    },
    (stores) => {
      if (stores.ok) opened = stores.value;
      else why = stores.error.why;
    },
  );
  runAll(desk);
  if (opened === undefined) scene.violate('I4', `${node.id} would not start again: ${why}`);
  else replay(scene, { node, desk, stores: opened });
}

interface Restored {
  readonly node: SimNode;
  readonly desk: Timeline;
  readonly stores: PeerStores;
}

function replay(scene: Scene, { node, desk, stores: { log, ledger, state } }: Restored): void {
  const compare = (index: number): boolean => {
    const expected = scene.chronicle.digestAt(index);
    const digest = state.digest();
    if (expected === undefined || expected === digest) return expected !== undefined;
    const text = `${node.id} restores ${digest} at ${index}, the log says ${expected}`;
    scene.violate('I4', text);
    return false;
  };
  if (!compare(ledger.appliedIndex)) return;
  // Behind the commit index the disk may hold what others have replaced meanwhile; and up to it
  // what the node itself has replaced, while its disk is slow.
  const { commitIndex = logIndex(0), durableIndex = logIndex(0) } = node.peer?.raft.status() ?? {};
  const last = Math.min(
    ...[log.found.lastIndex, commitIndex, durableIndex, scene.chronicle.lastIndex],
  );
  const range = { from: logIndex(ledger.appliedIndex + 1), to: logIndex(last) };
  if (range.from > range.to) return;
  let tail: Result<readonly Entry[], DiskError> | undefined;
  log.read({ ...range, maxBytes: Number.MAX_SAFE_INTEGER }, (entries) => {
    tail = entries;
  });
  runAll(desk);
  for (const { index, payload } of tail?.ok === true ? tail.value : []) {
    const isRecord = payload.length > 0 && !isMembersPayload(payload);
    for (const { facts } of isRecord ? decodeRecord(payload).decisions : []) {
      for (const fact of facts) state.apply(fact);
    }
    if (!compare(index)) return;
  }
}

function runAll(desk: Timeline): void {
  while (desk.size > 0) desk.step(Number.POSITIVE_INFINITY);
}
