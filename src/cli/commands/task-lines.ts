/**
 * The tasks of a run as lines of a table, in the order of the file, so that what needs a look is
 * seen at once: a map is one line and then its instances that are not quiet; a group in which there
 * is nothing to see is one line.
 */
import type { z } from 'zod';
import type { runDetailReply } from '../../api/contract-replies.ts';
import { formatDuration, formatSize } from '../../base/duration.ts';
import { loudestFirst, waitsText } from '../../model/views.ts';
import { lastedText, stateText, tame, whenText } from '../format.ts';
import { instanceName } from '../instance-name.ts';
import type { Terminal } from '../terminal.ts';

export type RunDetail = z.output<typeof runDetailReply>;

type Task = RunDetail['tasks'][number];
type State = Task['state'];
type Counts = Readonly<Partial<Record<State, number>>>;
type Line = readonly string[];

/** Instances of one map that are shown below its line. */
const instancesShown = 10;

const quietStates: readonly State[] = ['success', 'skipped', 'pending', 'scheduled', 'cancelled'];

export function taskLines(terminal: Terminal, run: RunDetail, isWhole: boolean): readonly Line[] {
  const lines: Line[] = [];
  for (const { group, tasks } of groupsOf(run.tasks)) {
    const indent = group === null ? '' : '  ';
    if (group !== null) {
      const counts = countsOf(run, tasks);
      lines.push(summary(terminal, terminal.paint('bold', `${group}/`), counts));
      const isQuiet = tasks.every(({ state }) => quietStates.includes(state));
      if (isQuiet && !isWhole) continue;
    }
    for (const same of byTask(tasks)) {
      lines.push(...linesOfTask(terminal, run, { same, indent, isWhole }));
    }
  }
  return lines;
}

export const countsText = (terminal: Terminal, counts: Counts): string =>
  loudestFirst
    .filter((state) => counts[state] !== undefined)
    .map((state) => `${counts[state]} ${stateText(terminal, state)}`)
    .join(', ');

/** Tasks of one group stand together, where its first one stands. */
function groupsOf(
  tasks: readonly Task[],
): readonly { readonly group: string | null; readonly tasks: readonly Task[] }[] {
  const groups: { readonly group: string | null; readonly tasks: Task[] }[] = [];
  const named = new Map<string, Task[]>();
  for (const task of tasks) {
    const known = task.group === null ? undefined : named.get(task.group);
    const last = groups.at(-1);
    if (known !== undefined) known.push(task);
    else if (task.group === null && last?.group === null) last.tasks.push(task);
    else {
      const own = [task];
      groups.push({ group: task.group, tasks: own });
      if (task.group !== null) named.set(task.group, own);
    }
  }
  return groups;
}

/** The instances of each task. */
function byTask(tasks: readonly Task[]): readonly (readonly Task[])[] {
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const own = groups.get(task.taskId);
    if (own === undefined) groups.set(task.taskId, [task]);
    else own.push(task);
  }
  return [...groups.values()];
}

function linesOfTask(
  terminal: Terminal,
  run: RunDetail,
  shown: { readonly same: readonly Task[]; readonly indent: string; readonly isWhole: boolean },
): readonly Line[] {
  const { same, indent, isWhole } = shown;
  const [first] = same;
  const map = run.maps.find((each) => each.map === first?.map);
  if (first === undefined) return [];
  if (map === undefined) {
    return same.map((task) => line(terminal, task, indent + instanceName(task)));
  }
  if (map.size === null) return [line(terminal, first, `${indent}${first.taskId}[?]`)];
  if (map.size <= 1) return [line(terminal, first, `${indent}${first.taskId}[0]`)];
  const counts = map.counts[first.taskId] ?? {};
  const head = summary(terminal, `${indent}${first.taskId}[0..${map.size - 1}]`, counts);
  const loud = isWhole ? same : same.filter(({ state }) => !quietStates.includes(state));
  const listed = isWhole ? loud : loud.slice(0, instancesShown);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const left = isWhole ? total - same.length : loud.length - listed.length;
  return [
    head,
    ...listed.map((task) => line(terminal, task, `${indent}  ${instanceName(task)}`)),
    ...(left > 0 ? [[`${indent}  … ${left} more`]] : []),
  ];
}

/** How many tasks of a group, mapped ones with all their instances, are in each state. */
function countsOf(run: RunDetail, tasks: readonly Task[]): Counts {
  const sums: Partial<Record<State, number>> = {};
  const seen = new Set<string>();
  for (const { taskId, state, map } of tasks) {
    const whole = run.maps.find((each) => each.map === map)?.counts[taskId] ?? { [state]: 1 };
    if (map !== null && seen.has(taskId)) continue;
    seen.add(taskId);
    for (const each of loudestFirst) {
      const count = whole[each] ?? 0;
      if (count > 0) sums[each] = (sums[each] ?? 0) + count;
    }
  }
  return sums;
}

function summary(terminal: Terminal, name: string, counts: Counts): Line {
  const loudest = loudestFirst.find((state) => counts[state] !== undefined) ?? 'pending';
  return [name, stateText(terminal, loudest), '', '', '', countsText(terminal, counts)];
}

const line = (terminal: Terminal, task: Task, name: string): Line => [
  name,
  stateText(terminal, task.state),
  task.node ?? '-',
  String(task.attempts.length),
  tookText(task),
  whyText(terminal, task),
];

/** How long its newest attempt took, and what it took of its node: `4.2s, cpu 1.1s, 64Mi`. */
function tookText(task: Task): string {
  const lasted = lastedText(task, task.state === 'running');
  const usage = task.attempts.at(-1)?.usage ?? null;
  const cpu = usage?.cpuMs ?? null;
  const memory = usage?.memoryBytesMax ?? null;
  const parts = [
    lasted,
    cpu === null ? '' : `cpu ${formatDuration(cpu)}`,
    memory === null ? '' : formatSize(memory),
  ];
  return parts.filter((part) => part !== '').join(', ') || '-';
}

/** Everything about a task that its state does not say. */
function whyText(terminal: Terminal, task: Task): string {
  const { state, waits, retryAt, role, cause, markedBy, rounds } = task;
  const error = task.attempts.at(-1)?.error ?? task.reason;
  const parts = [
    cause === null ? '' : causeText(cause),
    role?.kind === 'teardown' ? 'teardown' : '',
    waits === null ? '' : waitsText(waits, whenText),
    rounds > 0 ? `round ${rounds + (state === 'deferred' ? 0 : 1)}` : '',
    state === 'success' || waits !== null || error === null ? '' : tame(error, 80),
    retryAt === null ? '' : `again at ${whenText(retryAt)}`,
    markedBy === null ? '' : `marked by ${markedBy}`,
    task.slaMissed ? terminal.paint('yellow', 'SLA missed') : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function causeText({ on, taskId, mapIndex, state }: NonNullable<Task['cause']>): string {
  const whose = taskId === null ? 'the run' : instanceName({ taskId, mapIndex });
  if (on === 'compensate') return `undoes ${whose}`;
  if (on === 'sla') return `${whose} missed its SLA`;
  if (on === 'retry') return `${whose} is tried again`;
  return `${whose} ended: ${state}`;
}
