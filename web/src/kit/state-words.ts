import { words } from './words.ts';

export const stateWords = words(
  {
    success: 'success',
    failed: 'failed',
    running: 'running',
    queued: 'queued',
    scheduled: 'waits for room',
    pending: 'pending',
    deferred: 'deferred',
    up_for_retry: 'up for retry',
    skipped: 'skipped',
    upstream_failed: 'upstream failed',
    cancelled: 'cancelled',
    cancelling: 'cancelling',
    paused: 'paused',
  },
  {
    success: '成功',
    failed: '失败',
    running: '运行中',
    queued: '排队中',
    scheduled: '等待资源',
    pending: '等待上游',
    deferred: '挂起等待',
    up_for_retry: '等待重试',
    skipped: '已跳过',
    upstream_failed: '上游失败',
    cancelled: '已取消',
    cancelling: '取消中',
    paused: '已暂停',
  },
);
