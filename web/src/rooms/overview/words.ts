import { words } from '../../kit/words.ts';

export const overviewWords = words(
  {
    title: 'Overview',
    running: 'Running',
    queued: 'Queued',
    failed: 'Failed lately',
    paused: 'Paused DAGs',
  },
  {
    title: '总览',
    running: '运行中',
    queued: '排队中',
    failed: '近期失败',
    paused: '已暂停的工作流',
  },
);
