import { expect, test } from 'vitest';
import { logIndex } from '../base/brand.ts';
import { Progress } from './progress.ts';
import { defaultCoreSettings } from './settings.ts';

const settings = { ...defaultCoreSettings, maxInflightAppends: 2, maxInflightBytes: 1000 };
const last = logIndex(100);

function replicating(match: number): Progress {
  const progress = new Progress(logIndex(match + 1), settings);
  progress.accepted(logIndex(match), 0);
  return progress;
}

test('raft: a probe is one append at a time, and its answer starts replication', () => {
  const progress = new Progress(logIndex(5), settings);
  expect(progress.maySend(last)).toBe(true);
  progress.sent({ lastIndex: logIndex(5), bytes: 10 });
  expect(progress.maySend(last)).toBe(false);
  expect(progress.accepted(logIndex(5), 0)).toBe(true);
  expect(progress).toMatchObject({ state: 'replicate', match: 5, next: 6 });
});

test('raft: the window is bounded in appends and in bytes, and answers open it', () => {
  const progress = replicating(4);
  progress.sent({ lastIndex: logIndex(5), bytes: 10 });
  progress.sent({ lastIndex: logIndex(6), bytes: 10 });
  expect(progress.maySend(last)).toBe(false);
  progress.accepted(logIndex(5), 0);
  expect(progress.maySend(last)).toBe(true);
  progress.sent({ lastIndex: logIndex(7), bytes: 2000 });
  progress.accepted(logIndex(6), 0);
  expect(progress.maySend(last)).toBe(false);
  progress.accepted(logIndex(7), 0);
  expect(progress.maySend(last)).toBe(true);
});

test('raft: match never falls, whatever arrives late', () => {
  const progress = replicating(10);
  expect(progress.accepted(logIndex(7), 0)).toBe(false);
  expect(progress.rejected({ prevIndex: logIndex(9), next: logIndex(3) })).toBe(false);
  expect(progress).toMatchObject({ state: 'replicate', match: 10, next: 11 });
});

test('raft: a rejection leads back to probing, and its repetition to nothing', () => {
  const progress = replicating(10);
  progress.sent({ lastIndex: logIndex(20), bytes: 10 });
  progress.sent({ lastIndex: logIndex(30), bytes: 10 });
  expect(progress.rejected({ prevIndex: logIndex(20), next: logIndex(11) })).toBe(true);
  expect(progress).toMatchObject({ state: 'probe', next: 11 });
  expect(progress.rejected({ prevIndex: logIndex(20), next: logIndex(11) })).toBe(false);
});

test('raft: appends that do not arrive are sent again, ever more patiently', () => {
  const progress = replicating(10);
  progress.sent({ lastIndex: logIndex(20), bytes: 10 });
  progress.heartbeatAnswered(logIndex(10));
  progress.heartbeatAnswered(logIndex(10));
  expect(progress.state).toBe('replicate');
  progress.heartbeatAnswered(logIndex(10));
  expect(progress).toMatchObject({ state: 'probe', next: 11 });
  progress.sent({ lastIndex: logIndex(20), bytes: 10 });
  for (let n = 0; n < 3; n++) progress.heartbeatAnswered(logIndex(10));
  expect(progress.maySend(last)).toBe(false);
  progress.heartbeatAnswered(logIndex(10));
  expect(progress.maySend(last)).toBe(true);
});

test('raft: an idle follower that answers heartbeats is left alone', () => {
  const progress = replicating(10);
  for (let n = 0; n < 100; n++) progress.heartbeatAnswered(logIndex(10));
  expect(progress).toMatchObject({ state: 'replicate', next: 11 });
});

test('raft: a follower that gets a snapshot gets no appends until it has ended', () => {
  const progress = replicating(10);
  progress.becomeSnapshot();
  expect(progress.maySend(last)).toBe(false);
  expect(progress.rejected({ prevIndex: logIndex(20), next: logIndex(11) })).toBe(false);
  for (let n = 0; n < 40; n++) progress.heartbeatAnswered(logIndex(10));
  expect(progress).toMatchObject({ state: 'snapshot', next: 11 });
  expect(progress.maySend(last)).toBe(false);
});

test('raft: after a snapshot that failed some heartbeats pass before the next question', () => {
  const progress = replicating(10);
  progress.becomeSnapshot();
  progress.snapshotFailed(logIndex(50));
  expect(progress).toMatchObject({ state: 'probe', next: 50 });
  expect(progress.maySend(last)).toBe(false);
  progress.heartbeatAnswered(logIndex(10));
  progress.heartbeatAnswered(logIndex(10));
  progress.heartbeatAnswered(logIndex(10));
  expect(progress.maySend(last)).toBe(true);
});

test('raft: a shorter log than was acknowledged has forgotten, if the answer is newer', () => {
  const progress = new Progress(logIndex(1), settings);
  progress.accepted(logIndex(10), 7);
  expect(progress.forgets({ round: 7, lastIndex: logIndex(4) })).toBe(false);
  expect(progress.forgets({ round: 8, lastIndex: logIndex(10) })).toBe(false);
  expect(progress.forgets({ round: 8, lastIndex: logIndex(9) })).toBe(true);
  expect(progress.forgets({ round: 9, lastIndex: logIndex(9) })).toBe(false);
});
