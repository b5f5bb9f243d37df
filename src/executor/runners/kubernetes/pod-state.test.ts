import { expect, test } from 'vitest';
import type { KubernetesPod } from './objects.ts';
import { failureResult } from './pod-result.ts';
import { jobFailure, podState } from './pod-state.ts';

const deletionTimestamp = '2026-11-22T18:39:30Z';

const podWith = (state: object, more: object = {}): KubernetesPod => ({
  metadata: { name: 'load-1', deletionTimestamp },
  status: { containerStatuses: [{ name: 'task', state }], ...more },
});

test('kubernetes: a pod that is deleted is not yet gone, and has not ended', () => {
  expect(podState([podWith({ running: {} }, { phase: 'Running' })])).toMatchObject({
    kind: 'running',
    isDeleted: true,
  });
  expect(podState([podWith({ waiting: {} }, { phase: 'Pending' })])).toMatchObject({
    kind: 'waiting',
    isDeleted: true,
  });
});

test('kubernetes: a pod that has succeeded and is deleted has succeeded', () => {
  const pod = podWith({ terminated: { exitCode: 0 } }, { phase: 'Succeeded' });
  expect(podState([pod])).toMatchObject({ kind: 'ended', exitCode: 0 });
});

test('kubernetes: a pod that was evicted has failed, also where its program says 0', () => {
  const evicted = { phase: 'Failed', reason: 'Evicted', message: 'low on memory' };
  expect(podState([podWith({ terminated: { exitCode: 0 } }, evicted)])).toEqual({
    kind: 'failed',
    reason: 'Evicted',
    message: 'low on memory',
  });
});

test('kubernetes: the end of the task counts, not that of a container beside it', () => {
  const pod = podWith({ terminated: { exitCode: 0 } }, { phase: 'Failed' });
  expect(podState([pod])).toMatchObject({ kind: 'ended', exitCode: 0 });
});

test('kubernetes: a Job says why it fails before its pods are gone', () => {
  const condition = { status: 'True', reason: 'DeadlineExceeded', message: 'too long' };
  for (const type of ['Failed', 'FailureTarget']) {
    const job = { metadata: {}, status: { conditions: [{ type, ...condition }] } };
    expect(jobFailure(job)).toEqual({ reason: 'DeadlineExceeded', message: 'too long' });
  }
});

test('kubernetes: a Job whose only pod has gone has lost it', () => {
  const failure = { reason: 'BackoffLimitExceeded', message: '' };
  expect(failureResult('Job', failure)).toMatchObject({ errorClass: 'pod_lost' });
});
