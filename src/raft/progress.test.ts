import { expect, test } from 'vitest';
import { logIndex } from '../base/brand.ts';
import { Progress } from './progress.ts';
import { defaultCoreSettings } from './settings.ts';

const settings = { ...defaultCoreSettings, maxInflightAppends: 2, maxInflightBytes: 1000 };
const last = logIndex(100);

function replicating(match: number): Progress {
  const progress = new Progress(logIndex(match + 1), settings);
  progress.accepted(logIndex(match));
  return progress;
}

test('raft: a probe is one append at a time, and its answer starts replication', () => {
  const progress = new Progress(logIndex(5), settings);
  expect(progress.maySend(last)).toBe(true);
  progress.sent({ lastIndex: logIndex(5), bytes: 10 });
  expect(progress.maySend(last)).toBe(false);
  expect(progress.accepted(logIndex(5))).toBe(true);
  expect(progress).toMatchObject({ state: 'replicate', match: 5, next: 6 });
});

test('raft: the window is bounded in appends and in bytes, and answers open it', () => {
  const progress = replicating(4);
  progress.sent({ lastIndex: logIndex(5), bytes: 10 });
  progress.sent({ lastIndex: logIndex(6), bytes: 10 });
  expect(progress.maySend(last)).toBe(false);
  progress.accepted(logIndex(5));
  expect(progress.maySend(last)).toBe(true);
  progress.sent({ lastIndex: logIndex(7), bytes: 2000 });
  progress.accepted(logIndex(6));
  expect(progress.maySend(last)).toBe(false);
  progress.accepted(logIndex(7));
  expect(progress.maySend(last)).toBe(true);
});

test('raft: match never falls, whatever arrives late', () => {
  const progress = replicating(10);
  expect(progress.accepted(logIndex(7))).toBe(false);
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
