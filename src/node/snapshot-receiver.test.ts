import { expect, test } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import { type Move, Story } from '../../test/support/ledger-story.ts';
import { logIndex, term, wallMs } from '../base/brand.ts';
import { ledgerFormatMax } from '../storage/ledger-meta.ts';
import { snapshotInboxes } from './snapshot-messages.ts';
import { baseAt, SnapshotStage } from './testing/snapshot-stage.ts';

const moves: Move[][] = Array.from({ length: 20 }, (_, n) => [{ kind: n % 9, pick: n % 11 }]);
const story = new Story(moves);

test('snapshot: R2: a switch that has begun ends, whatever newer offer comes meanwhile', () => {
  const stage = new SnapshotStage(new StepClock());
  const leader = stage.node('leader');
  const follower = stage.node('follower');
  const sender = leader.sender(leader.tell(story.commits));
  const { receiver, places, failures } = follower.receiver();
  sender.offer(follower.name, term(2), () => {});
  expect(stage.until(() => receiver.isSwitching)).toBe(true);
  const id = { term: term(3), session: 1 };
  const newer = { id, base: baseAt(logIndex(99)), appliedAt: wallMs(0), format: ledgerFormatMax };
  const offer = { kind: 'snapshot-offer', ...newer } as const;
  stage.delays = () => [0];
  leader.wire.send(follower.name, snapshotInboxes.target, 'control', offer);
  expect(stage.until(() => places.length > 0)).toBe(true);
  expect(places[0]?.base?.index).toBe(story.lastIndex);
  stage.pass(100);
  expect([places.length, failures.length, receiver.isInstalling]).toEqual([1, 0, false]);
});
