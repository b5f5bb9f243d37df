/**
 * `skein cluster promote|demote|remove|replace`. None of them asks back, so that scripts may use
 * them: each says what it did and what that means.
 */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { action, ask, type Outcome, type Session, type Stage } from '../command.ts';

export function memberCommands(cluster: Command, stage: Stage): void {
  cluster
    .command('promote')
    .description('let a learner vote')
    .argument('<node>', 'a learner that has caught up')
    .action(action(stage, promote));
  cluster
    .command('demote')
    .description('take the vote of a node; it keeps copying the log and running tasks')
    .argument('<node>', 'a voter')
    .action(action(stage, demote));
  cluster
    .command('remove')
    .description('remove a node for good; its data directory never comes back as it is')
    .argument('<node>', 'a voter or a learner, alive or not')
    .action(action(stage, remove));
  cluster
    .command('replace')
    .description('remove a node, and let a learner vote in its place')
    .argument('<node>', 'the node that goes')
    .argument('<learner>', 'the learner that votes instead')
    .action(action(stage, replace));
}

const promote = (session: Session, _: object, [node = '']: readonly string[]): Promise<Outcome> =>
  change(session, { action: 'promote', node }, `${node}  votes`);

const demote = (session: Session, _: object, [node = '']: readonly string[]): Promise<Outcome> =>
  change(session, { action: 'demote', node }, `${node}  votes no more, until it is promoted`);

const remove = (session: Session, _: object, [node = '']: readonly string[]): Promise<Outcome> =>
  change(
    session,
    { action: 'remove', node },
    `${node}  removed; to come back it needs an empty data directory`,
  );

const replace = (
  session: Session,
  _: object,
  [node = '', successor = '']: readonly string[],
): Promise<Outcome> =>
  change(
    session,
    { action: 'replace', node, with: successor },
    `${node}  removed; ${successor} votes in its place`,
  );

interface Request {
  readonly action: 'promote' | 'demote' | 'remove' | 'replace';
  readonly node: string;
  readonly with?: string;
}

function change(session: Session, request: Request, sentence: string): Promise<Outcome> {
  const { terminal } = session;
  const input = { params: {}, query: {}, body: request };
  return ask(session, contract.changeMembers, input, ({ members: { voters, learners } }) => {
    terminal.out(`${sentence}\n`);
    terminal.out(`voters ${namesText(voters)}  learners ${namesText(learners)}\n`);
    if (voters.length % 2 !== 0) return;
    terminal.err(`${terminal.paint('gray', evenText(voters.length))}\n`);
  });
}

const namesText = (members: readonly { readonly node: string }[]): string =>
  members.length === 0 ? 'none' : members.map(({ node }) => node).join(',');

/** An even number costs a voter and bears no more losses. */
const evenText = (voters: number): string =>
  `${voters} voters bear as many losses as ${voters - 1}: ${(voters - 2) / 2}.`;
