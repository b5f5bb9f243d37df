/** `skein nodes`, `drain`, `undrain`: the nodes as places for tasks. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { formatSize } from '../../base/duration.ts';
import { fail, type Result } from '../../base/result.ts';
import type { NodeAttemptView, NodeDetailView, NodeView } from '../../model/views/nodes.ts';
import { type Place, pause } from '../client.ts';
import {
  action,
  answer,
  ask,
  askAll,
  done,
  type Outcome,
  type Session,
  type Stage,
} from '../command.ts';
import { exitCodes, type Failure } from '../exit-codes.ts';
import {
  agoText,
  factLines,
  labelsText,
  stateText,
  table,
  tame,
  usageText,
  whenText,
} from '../format.ts';
import { instanceName } from '../instance-name.ts';
import type { Terminal } from '../terminal.ts';

export function nodesCommands(program: Command, stage: Stage): void {
  const nodes = program
    .command('nodes')
    .description('list the nodes: their room, and what is taken of it')
    .action(action(stage, listNodes));
  nodes
    .command('show')
    .description('show a node, and the attempts that are alive there')
    .argument('<node>', 'the name of the node')
    .action(action(stage, showNode));
  program
    .command('drain')
    .description('place nothing more on a node; what runs there may end')
    .argument('<node>', 'the name of the node')
    .option('--grace <duration>', 'stop what still runs after that, and begin it elsewhere')
    .option('--wait', 'return when nothing runs there any more')
    .action(action<DrainOptions>(stage, drain));
  program
    .command('undrain')
    .description('let a drained node take tasks again')
    .argument('<node>', 'the name of the node')
    .action(action(stage, undrain));
}

function listNodes(session: Session): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) => client.call(contract.listNodes, { params: {}, query: at });
  return askAll(session, call, (items) => {
    const rows = items.map((node) => [
      node.node,
      stateText(terminal, node.state),
      tame(node.pool, 60),
      roomText(node, 'cpu', String),
      roomText(node, 'memory', formatSize),
      String(node.running),
      drainText(terminal, node),
    ]);
    const headings = ['node', 'state', 'pool', 'cpu', 'memory', 'tasks', 'drain'];
    terminal.out(table(terminal, headings, rows, 'No nodes yet.'));
  });
}

/** `0.5/4`: used, and what there is. */
function roomText(
  { used, capacity }: NodeView,
  name: string,
  show: (amount: number) => string,
): string {
  return `${show(used[name] ?? 0)}/${show(capacity[name] ?? 0)}`;
}

/** What is left until the node can be taken away. */
function drainText(terminal: Terminal, { drain, running }: NodeView): string {
  if (drain === null) return '-';
  if (running === 0) return terminal.paint('green', 'empty');
  const until = drain.until === null ? '' : ` until ${whenText(drain.until)}`;
  return terminal.paint('yellow', `${running} to end${until}`);
}

function showNode(session: Session, _: object, [node = '']: readonly string[]): Promise<Outcome> {
  return ask(session, contract.showNode, { params: { node }, query: {} }, (view) =>
    session.terminal.out(nodeText(session.terminal, view)),
  );
}

function nodeText(terminal: Terminal, view: NodeDetailView): string {
  const { drain, attempts, attemptsLeftOut } = view;
  const state = `${stateText(terminal, view.state)} since ${whenText(view.since)}`;
  const since = drain === null ? '' : `, by ${tame(drain.by)}, ${agoText(drain.since)}`;
  const facts = [
    ['node', terminal.paint('bold', view.node)],
    ['state', state],
    ['drain', drain === null ? '' : drainText(terminal, view) + since],
    ['address', tame(view.address)],
    ['pool', tame(view.pool)],
    ['queues', tame(view.queues.join(', '))],
    ['taints', tame(view.taints.map(taintText).join(', '), 1_000)],
    ['labels', tame(labelsText(view.labels), 1_000)],
    ['used', tame(usageText(view.used, view.capacity), 1_000)],
  ] as const;
  const headings = ['run', 'task', 'attempt', 'state', 'since', 'takes', ''];
  const rows = attempts.map((attempt) => attemptCells(terminal, attempt));
  const list = table(terminal, headings, rows, 'Nothing runs there.');
  const more = attemptsLeftOut === 0 ? '' : `… and ${attemptsLeftOut} more\n`;
  return `${factLines(terminal, facts, 8)}\n${list}${more}`;
}

/** `gpu=a100:refuse`, as nodes are given it. */
const taintText = ({ key, value, effect }: NodeView['taints'][number]): string =>
  `${key}${value === '' ? '' : `=${value}`}:${effect}`;

function attemptCells(terminal: Terminal, attempt: NodeAttemptView): readonly string[] {
  const { resources, givesWay, stopping } = attempt;
  const why = givesWay === null ? '' : `gives way: ${tame(givesWay.reason, 100)}`;
  return [
    attempt.runId,
    instanceName(attempt),
    String(attempt.attempt),
    stateText(terminal, attempt.state),
    agoText(attempt.startedAt ?? attempt.assignedAt),
    takesText(resources),
    stopping && givesWay === null ? 'is being stopped' : why,
  ];
}

/** `cpu 0.25  memory 128Mi`. */
const takesText = (resources: NodeAttemptView['resources']): string =>
  Object.entries(resources)
    .filter(([name]) => name !== 'slots')
    .map(([name, amount]) => {
      const isSize = name === 'memory' || name === 'disk';
      return `${name} ${isSize ? formatSize(amount) : amount}`;
    })
    .join('  ');

interface DrainOptions {
  readonly grace?: string;
  readonly wait?: boolean;
}

async function drain(
  session: Session,
  { grace, wait }: DrainOptions,
  [node = '']: readonly string[],
): Promise<Outcome> {
  const { client, terminal } = session;
  const body = { grace: grace ?? null };
  const reply = await client.call(contract.drainNode, { params: { node }, query: {}, body });
  if (!reply.ok) return reply;
  const { attempts, until, index } = reply.value.value;
  const said = answer(session, reply.value, () => {
    const left = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
    const then = until === null ? '' : ` until ${whenText(until)}`;
    const what = attempts === 0 ? 'nothing runs there' : `${left} alive there may end${then}`;
    terminal.out(`${node}  drained; ${what}\n`);
  });
  if (wait !== true) return said;
  const empty = await untilEmpty(session, node, index);
  if (!empty.ok) return empty;
  if (!session.json) terminal.out(`${node}  empty\n`);
  return done;
}

/** Between two looks at a node that is being emptied, in milliseconds. */
const lookAgainMs = 500;

/** Until nothing runs on the node. `index`: where it was drained; nothing begins behind that. */
async function untilEmpty(
  { client, terminal }: Session,
  node: string,
  index: number,
): Promise<Result<unknown, Failure>> {
  const asked = { params: { node }, query: { minIndex: String(index) } };
  for (;;) {
    const reply = await client.call(contract.showNode, asked);
    if (!reply.ok) return reply;
    const { running, drain: drained } = reply.value.value;
    if (drained === null) return fail(takesAgain(node));
    if (running === 0) return reply;
    await pause(lookAgainMs, terminal.interrupt);
  }
}

const takesAgain = (node: string): Failure => ({
  exitCode: exitCodes.failure,
  code: 'DRAIN_ENDED',
  detail: `node ${node} takes tasks again`,
  next: 'Somebody has resumed it; drain it again.',
});

function undrain(session: Session, _: object, [node = '']: readonly string[]): Promise<Outcome> {
  return ask(session, contract.resumeNode, { params: { node }, query: {} }, () =>
    session.terminal.out(`${node}  takes tasks again\n`),
  );
}
