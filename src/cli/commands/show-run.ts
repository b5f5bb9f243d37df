/** A run as a page of text: what it is, and one line for each task. */
import type { z } from 'zod';
import type { runDetailReply } from '../../api/contract-replies.ts';
import { agoText, lastedText, stateText, table, tame } from '../format.ts';
import type { Terminal } from '../terminal.ts';

export type RunDetail = z.output<typeof runDetailReply>;

export function showRun(terminal: Terminal, run: RunDetail): string {
  const took = lastedText(run, run.endedAt === null);
  const counts = Object.entries(run.counts)
    .map(([state, count]) => `${count} ${stateText(terminal, state)}`)
    .join(', ');
  const params = Object.entries(run.params).map(([name, value]) => `${name}=${value}`);
  const facts: readonly (readonly [string, string])[] = [
    ['dag', `${run.dagId}  version ${run.versionId.slice(0, 12)}`],
    ['trigger', `${run.trigger} by ${run.createdBy}, ${agoText(run.createdAt)}`],
    ['date', run.logicalDate ?? ''],
    ['params', params.join(', ')],
    ['took', took],
    ['tasks', counts],
    ['reason', run.reason === null ? '' : tame(run.reason)],
  ];
  const head = `${terminal.paint('bold', run.runId)}  ${stateText(terminal, run.state)}\n`;
  const body = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${terminal.paint('gray', name.padEnd(8))} ${value}\n`)
    .join('');
  const rows = run.tasks.map((task) => {
    const error = task.attempts.at(-1)?.error ?? task.reason;
    return [
      task.taskId,
      stateText(terminal, task.state),
      task.node ?? '-',
      String(task.attempts.length),
      lastedText(task, task.state === 'running') || '-',
      task.state === 'success' || error === null ? '' : tame(error, 80),
    ];
  });
  const headings = ['task', 'state', 'node', 'attempts', 'took', 'why'];
  return `${head}${body}\n${table(terminal, headings, rows, 'no tasks')}`;
}
