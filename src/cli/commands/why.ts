/** `skein why`, `skein queues`: why something does not run, and what waits. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { action, ask, type Outcome, type Session, type Stage } from '../command.ts';
import { parseInstanceName } from '../instance-name.ts';
import { queuesText, whyRunText, whyText } from './why-text.ts';

export function whyCommands(program: Command, stage: Stage): void {
  program
    .command('why')
    .description('why a task does not run: every gate that is closed, and what would open it')
    .argument('<run>', 'the id of the run')
    .argument('[task]', 'the task; of a mapped one: task[3]; unless said all that wait')
    .option('--no-eta', 'without a forecast of its start')
    .action(action<{ readonly eta: boolean }>(stage, why));
  program
    .command('queues')
    .description('tasks that could start but for room and limits; those that ask the same as one')
    .option('--all', 'of all namespaces')
    .action(action<{ readonly all?: boolean }>(stage, queues));
}

function why(
  session: Session,
  { eta }: { readonly eta: boolean },
  [runId = '', task]: readonly string[],
): Promise<Outcome> {
  const { terminal } = session;
  if (task === undefined) {
    return ask(session, contract.whyRun, { params: { runId }, query: {} }, (value) =>
      terminal.out(whyRunText(terminal, value)),
    );
  }
  const { taskId, mapIndex } = parseInstanceName(task);
  const query = { mapIndex: String(mapIndex), ...(!eta && { eta: 'false' as const }) };
  return ask(session, contract.whyTask, { params: { runId, taskId }, query }, (value) =>
    terminal.out(whyText(terminal, value)),
  );
}

function queues(session: Session, { all }: { readonly all?: boolean }): Promise<Outcome> {
  const { terminal, namespace } = session;
  const query = all === true ? {} : { namespace: namespace ?? 'default' };
  return ask(session, contract.listQueues, { params: {}, query }, (value) =>
    terminal.out(queuesText(terminal, value)),
  );
}
