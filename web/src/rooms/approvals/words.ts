import { words } from '../../kit/words.ts';

export const approvalsWords = words(
  {
    title: 'Approvals',
    about: (count: number) => `${count} wait for a person’s word`,
    empty:
      'Nothing waits for you. A task of type `approval` stops here until somebody says yes or no.',
    waiting: (since: string) => `waits for ${since}`,
    until: 'Time limit',
    note: 'Note',
    noteHint: 'It is kept with the run, for whoever reads it later.',
    approve: 'Approve',
    reject: 'Reject',
    approved: 'Approved',
    rejected: 'Rejected',
    rejectSays: 'The task ends as a no: it fails or is skipped, as the DAG says.',
    form: 'Form',
    run: 'Run',
    task: 'Task',
  },
  {
    title: '审批',
    about: (count: number) => `${count} 项等待人工决定`,
    empty: '没有等待您处理的事项。类型为 `approval` 的任务会停在这里，直到有人同意或拒绝。',
    waiting: (since: string) => `已等待 ${since}`,
    until: '期限',
    note: '备注',
    noteHint: '与运行一同保存，供日后查阅。',
    approve: '同意',
    reject: '拒绝',
    approved: '已同意',
    rejected: '已拒绝',
    rejectSays: '任务以“否”结束：按工作流的设定失败或跳过。',
    form: '表单',
    run: '运行',
    task: '任务',
  },
);
