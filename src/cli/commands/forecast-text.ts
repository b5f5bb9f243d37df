/** Forecasts for a terminal: timelines as bars, the use of nodes as a row of blocks. */
import type { z } from 'zod';
import type { planReply, whatIfReply } from '../../api/contract-forecast.ts';
import { formatDuration } from '../../base/duration.ts';
import { agoText, clockText, table, tame, whenText } from '../format.ts';
import { instanceName } from '../instance-name.ts';
import type { Terminal } from '../terminal.ts';

/** Characters of a bar. */
const barWidth = 40;
/** Lines of tasks, of fires, of runs and of nodes; the whole is in `--json`. */
const tasksShown = 60;
const othersShown = 10;

type PlanReply = z.output<typeof planReply>;
type WhatIfReply = z.output<typeof whatIfReply>;
type PlanTask = PlanReply['tasks'][number];
type CriticalTask = PlanReply['critical'][number];
type NodeUse = PlanReply['nodes'][number];
type ClusterReply = WhatIfReply['asItIs'];

export function planText(terminal: Terminal, plan: PlanReply): string {
  return [
    headline(terminal, plan),
    tasksText(terminal, plan),
    criticalText(terminal, plan),
    nodesText(
      terminal,
      plan.nodes.filter(({ attempts }) => attempts > 0),
    ),
    firesText(plan),
    assumptionsText(terminal, plan.assumptions),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function headline(terminal: Terminal, { run, span, durationMs }: PlanReply): string {
  const dag = terminal.paint('bold', tame(run.dagId));
  if (run.startsAt === null) return `${dag} would not start before ${whenText(span.until)}\n`;
  const starts = `${dag} would start at ${clockText(run.startsAt)}`;
  if (run.endsAt === null || durationMs === null) {
    return `${starts} and not end ${endText(span)}\n`;
  }
  const took = formatDuration(durationMs);
  return `${starts} and end at ${whenText(run.endsAt)}, in ${took}\n`;
}

const endText = ({ until, end }: PlanReply['span']): string => {
  if (end === 'quiet') return 'as things are';
  const why = end === 'budget' ? ', where the forecast has used up its turns' : '';
  return `before ${whenText(until)}${why}`;
};

function tasksText(terminal: Terminal, plan: PlanReply): string {
  const from = Date.parse(plan.span.from);
  const until = Date.parse(plan.run.endsAt ?? plan.span.until);
  const scale = { from, msPerCell: Math.max(1, until - from) / barWidth };
  const rows = plan.tasks.slice(0, tasksShown).map((task) => {
    const name = tame(instanceName(task));
    return [
      task.critical ? terminal.paint('yellow', name) : name,
      sinceText(from, task.startsAt),
      lengthText(task),
      task.waitedMs !== null && task.waitedMs >= 1_000 ? formatDuration(task.waitedMs) : '',
      task.node ?? '',
      barOf(terminal, task, scale),
    ];
  });
  const headings = ['task', 'starts in', 'takes', 'waits', 'node', 'timeline'];
  const omitted = plan.tasksOmitted + Math.max(0, plan.tasks.length - tasksShown);
  const more = omitted === 0 ? '' : `and ${omitted} more, later ones (--json shows more)\n`;
  return table(terminal, headings, rows, 'No task would start.') + more;
}

function sinceText(from: number, at: string | null): string {
  if (at === null) return '-';
  const ms = Date.parse(at) - from;
  return ms < 1_000 ? 'now' : formatDuration(ms);
}

function lengthText({ startsAt, endsAt }: PlanTask): string {
  if (startsAt === null || endsAt === null) return '-';
  return formatDuration(Date.parse(endsAt) - Date.parse(startsAt));
}

interface Scale {
  readonly from: number;
  readonly msPerCell: number;
}

/** `  ··████`: dots while it waits, blocks while it runs; full ones are on the critical path. */
function barOf(terminal: Terminal, task: PlanTask, { from, msPerCell }: Scale): string {
  if (task.startsAt === null) return '';
  const cellOf = (at: number): number =>
    Math.min(barWidth, Math.max(0, Math.floor((at - from) / msPerCell)));
  const startsAt = Date.parse(task.startsAt);
  const begin = Math.min(barWidth - 1, cellOf(startsAt));
  const end = task.endsAt === null ? barWidth : cellOf(Date.parse(task.endsAt));
  const ready = cellOf(startsAt - (task.waitedMs ?? 0));
  const blocks = (task.critical ? '█' : '▒').repeat(Math.max(1, end - begin));
  const waits = terminal.paint('gray', '·'.repeat(begin - Math.min(begin, ready)));
  const painted = task.critical ? terminal.paint('yellow', blocks) : blocks;
  return ' '.repeat(Math.min(begin, ready)) + waits + painted;
}

function criticalText(terminal: Terminal, { critical, run }: PlanReply): string {
  if (critical.length === 0) return '';
  const steps = critical.map((task) => {
    const name =
      task.runId === run.runId ? instanceName(task) : `${task.runId} ${instanceName(task)}`;
    return `${tame(name)}${behindText(task)}`;
  });
  const lines = steps.length > tasksShown ? ['…', ...steps.slice(-tasksShown)] : steps;
  const text = lines.map((step) => `  ${step}\n`).join('');
  return `${terminal.paint('bold', 'critical path')}\n${text}`;
}

function behindText({ behind, node }: CriticalTask): string {
  switch (behind?.kind) {
    case 'room':
      return `  waits for room on ${node}`;
    case 'pool':
      return `  waits for pool ${behind.pool}`;
    case 'past':
      return '  has begun already';
    case 'other':
      return '  waits for a rate, a quota, a key or a retry';
    default:
      return '';
  }
}

const levels = '▁▂▃▄▅▆▇█';

/** The use of a node over time; ` ` where it is idle. */
const slicesText = (slices: readonly number[]): string =>
  slices
    .map((share) => (share <= 0 ? ' ' : (levels[Math.min(7, Math.floor(share * 8))] ?? '█')))
    .join('');

function nodesText(terminal: Terminal, nodes: readonly NodeUse[]): string {
  const shown = [...nodes].sort((left, right) => right.use - left.use).slice(0, othersShown);
  const rows = shown.map(({ node, attempts, use, slices }) => [
    ...[tame(node), String(attempts), percent(use), `|${slicesText(slices)}|`],
  ]);
  if (rows.length === 0) return '';
  return table(terminal, ['node', 'attempts', 'use', 'over time'], rows, '') + moreOf(nodes.length);
}

const moreOf = (count: number): string =>
  count > othersShown ? `and ${count - othersShown} more (--json shows all)\n` : '';

const percent = (share: number): string => `${Math.round(share * 100)}%`;

function firesText({ fires }: PlanReply): string {
  if (fires.length === 0) return '';
  const lines = fires
    .slice(0, othersShown)
    .map(
      ({ dagId, startsAt }) => `  ${tame(dagId)}  ${startsAt === null ? '' : agoText(startsAt)}\n`,
    );
  return `meanwhile these start as well\n${lines.join('')}${moreOf(fires.length)}`;
}

const assumptionsText = (terminal: Terminal, assumptions: readonly string[]): string =>
  assumptions
    .map((each) => `${terminal.paint('gray', `assumed: ${tame(each, 1_000)}`)}\n`)
    .join('');

export function whatIfText(terminal: Terminal, whatIf: WhatIfReply): string {
  return [
    comparedText(terminal, whatIf),
    nodesComparedText(terminal, whatIf),
    runsText(terminal, whatIf),
    assumptionsText(terminal, whatIf.assumptions),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function comparedText(terminal: Terminal, { asItIs, changed }: WhatIfReply): string {
  const figure = (name: string, of: (cluster: ClusterReply) => string): readonly string[] => [
    ...[name, of(asItIs), of(changed)],
  ];
  const rows = [
    figure('all that is live has ended in', ({ makespanMs, span }) =>
      makespanMs === null ? `not ${endText(span)}` : formatDuration(makespanMs),
    ),
    figure('a task waits, on average', ({ meanWaitMs }) => formatDuration(meanWaitMs)),
    figure('tasks that start', ({ starts }) => String(starts)),
    figure('runs that end', ({ runsEnded }) => String(runsEnded)),
    figure('looked ahead until', ({ span }) => whenText(span.until)),
  ];
  return table(terminal, ['', 'as it is', 'changed'], rows, '');
}

function nodesComparedText(terminal: Terminal, { asItIs, changed }: WhatIfReply): string {
  const before = new Map(asItIs.nodes.map((node) => [node.node, node]));
  const after = new Map(changed.nodes.map((node) => [node.node, node]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const useText = (node: NodeUse | undefined): string =>
    node === undefined ? '-' : `${percent(node.use).padStart(4)} |${slicesText(node.slices)}|`;
  const rows = names
    .slice(0, othersShown)
    .map((name) => [tame(name), useText(before.get(name)), useText(after.get(name))]);
  const headings = ['node', 'use as it is', 'changed'];
  return table(terminal, headings, rows, 'There are no nodes.') + moreOf(names.length);
}

function runsText(terminal: Terminal, { runs, runsOmitted }: WhatIfReply): string {
  const moved = runs.filter(({ earlierMs, endsAt, endsAtChanged }) =>
    earlierMs === null ? endsAt !== endsAtChanged : Math.abs(earlierMs) >= 1_000,
  );
  const rows = moved
    .slice(0, tasksShown)
    .map(({ runId, dagId, endsAt, endsAtChanged, earlierMs }) => [
      ...[tame(runId), tame(dagId)],
      ...[endsAt, endsAtChanged].map((at) => (at === null ? '-' : whenText(at))),
      shiftText(terminal, earlierMs),
    ]);
  const headings = ['run', 'dag', 'ends', 'changed', ''];
  const same = runs.length - moved.length;
  const rest = same + runsOmitted;
  const note = rest === 0 ? '' : `${rest} other live runs end as they would anyway\n`;
  return table(terminal, headings, rows, 'No live run ends at another time.') + note;
}

function shiftText(terminal: Terminal, earlierMs: number | null): string {
  if (earlierMs === null) return '';
  const text = formatDuration(Math.abs(earlierMs));
  return earlierMs > 0
    ? terminal.paint('green', `${text} earlier`)
    : terminal.paint('red', `${text} later`);
}
