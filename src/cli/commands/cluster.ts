/** `skein cluster`, `transfer`, `version`. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import {
  action,
  ask,
  done,
  type Outcome,
  printJson,
  type Session,
  type Stage,
} from '../command.ts';
import { packageVersion } from '../version.ts';
import { clusterLines, membersTable } from './cluster-table.ts';
import { memberCommands } from './members.ts';

export function clusterCommands(program: Command, stage: Stage): void {
  const command = program
    .command('cluster')
    .description('show the cluster: leader, term, members; or change the members')
    .action(action(stage, cluster));
  memberCommands(command, stage);
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

function cluster(session: Session): Promise<Outcome> {
  const { terminal } = session;
  return ask(session, contract.getCluster, { params: {}, query: {} }, (view) => {
    terminal.out(`${clusterLines(terminal, view).join('\n')}\n\n`);
    terminal.out(membersTable(terminal, view.members));
  });
}

function transfer(session: Session, _: object, [to]: readonly string[]): Promise<Outcome> {
  const body = { to: to ?? null };
  return ask(session, contract.transfer, { params: {}, query: {}, body }, ({ leader }) =>
    session.terminal.out(`led by ${leader}\n`),
  );
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
