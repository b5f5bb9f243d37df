/** `skein cluster`, `nodes`, `transfer`, `version`. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { action, done, type Outcome, printJson, type Session, type Stage } from '../command.ts';
import { labelsText, stateText, table, usageText } from '../format.ts';
import { packageVersion } from '../version.ts';

export function clusterCommands(program: Command, stage: Stage): void {
  program
    .command('cluster')
    .description('show the cluster: leader, term, members')
    .action(action(stage, cluster));
  program
    .command('nodes')
    .description('list the nodes and their room')
    .action(action(stage, nodes));
  program
    .command('transfer')
    .description('hand leadership over')
    .argument('[node]', 'to this node; else to whoever is best')
    .action(action(stage, transfer));
  program
    .command('version')
    .description('show the version of this program, and of the node that answers')
    .action(action(stage, version));
}

async function cluster(session: Session): Promise<Outcome> {
  const { client, terminal, json } = session;
  const reply = await client.call(contract.getCluster, { params: {}, query: {} });
  if (!reply.ok) return reply;
  if (json) return printJson(session, reply.value.raw);
  const view = reply.value.value;
  const leader = view.leader ?? terminal.paint('red', 'nobody');
  terminal.out(`${terminal.paint('bold', view.cluster)}  led by ${leader}`);
  terminal.out(`  term ${view.term}  commit ${view.commit}\n\n`);
  terminal.out(membersTable(session, view.members));
  return done;
}

async function nodes(session: Session): Promise<Outcome> {
  const reply = await session.client.call(contract.getCluster, { params: {}, query: {} });
  if (!reply.ok) return reply;
  if (session.json) return printJson(session, reply.value.value.members);
  session.terminal.out(membersTable(session, reply.value.value.members));
  return done;
}

interface Member {
  readonly node: string;
  readonly role: string;
  readonly state: string;
  readonly address: string | null;
  readonly used: Readonly<Record<string, number>>;
  readonly capacity: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
}

function membersTable({ terminal }: Session, members: readonly Member[]): string {
  const rows = members.map((member) => [
    member.node,
    member.role === 'leader' ? terminal.paint('bold', member.role) : member.role,
    stateText(terminal, member.state),
    member.address ?? '-',
    usageText(member.used, member.capacity) || '-',
    labelsText(member.labels),
  ]);
  const headings = ['node', 'role', 'state', 'address', 'used', 'labels'];
  return table(terminal, headings, rows, 'No nodes yet.');
}

async function transfer(session: Session, _: object, [to]: readonly string[]): Promise<Outcome> {
  const body = { to: to ?? null };
  const reply = await session.client.call(contract.transfer, { params: {}, query: {}, body });
  if (!reply.ok) return reply;
  if (session.json) return printJson(session, reply.value.raw);
  session.terminal.out(`led by ${reply.value.value.leader}\n`);
  return done;
}

/** Answers without a cluster too: the program knows its own version. */
async function version(session: Session): Promise<Outcome> {
  const own = packageVersion();
  const reply = await session.client.call(contract.getNode, { params: {}, query: {} });
  const node = reply.ok ? reply.value.value : null;
  if (session.json) {
    const other = node === null ? null : { node: node.node, version: node.version };
    return printJson(session, { version: own, server: other });
  }
  session.terminal.out(`skein ${own}\n`);
  session.terminal.out(node === null ? 'no node answers\n' : `node ${node.node} ${node.version}\n`);
  return done;
}
