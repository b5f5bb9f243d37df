/** `skein dags` and `skein dag show|pause|unpause|delete`. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { contract } from '../../api/contract.ts';
import type { Place } from '../client.ts';
import { action, ask, askAll, type Outcome, type Session, type Stage } from '../command.ts';
import { agoText, factLines, table, tame } from '../format.ts';
import type { Terminal } from '../terminal.ts';

/** Characters of a line about a DAG; the whole is in `--json`. */
const factMax = 1_000;

/** Returns the command `dag`: commands of versions stand under it as well. */
export function dagCommands(program: Command, stage: Stage): Command {
  program.command('dags').description('list the DAGs').action(action(stage, list));
  const dag = program.command('dag').description('look at a DAG, pause it, remove it');
  dag
    .command('show')
    .description('show a DAG and its tasks')
    .argument('<dag>', 'the id of the DAG')
    .action(action(stage, show));
  dag
    .command('pause')
    .description('stop its schedules; active runs go on')
    .argument('<dag>', 'the id of the DAG')
    .action(action(stage, (session, _, [id = '']) => setPaused(session, id, true)));
  dag
    .command('unpause')
    .description('let its schedules fire again')
    .argument('<dag>', 'the id of the DAG')
    .action(action(stage, (session, _, [id = '']) => setPaused(session, id, false)));
  dag
    .command('delete')
    .description('remove a DAG that has no active runs')
    .argument('<dag>', 'the id of the DAG')
    .action(action(stage, remove));
  return dag;
}

function list(session: Session): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) => client.call(contract.listDags, { params: {}, query: at });
  return askAll(session, call, (dags) => {
    const rows = dags.map((dag) => [
      dag.dagId,
      dag.paused ? terminal.paint('yellow', 'paused') : 'active',
      dag.schedules.join(', ') || '-',
      agoText(dag.nextFireAt) || '-',
      String(dag.activeRuns),
      String(dag.tasks),
    ]);
    const headings = ['dag', 'state', 'schedule', 'next', 'active', 'tasks'];
    terminal.out(
      table(terminal, headings, rows, 'No DAGs yet: apply one with `skein apply -f FILE`.'),
    );
  });
}

const show = (session: Session, _: object, [dagId = '']: readonly string[]): Promise<Outcome> =>
  ask(session, contract.getDag, { params: { dagId }, query: {} }, (dag) =>
    session.terminal.out(dagText(session.terminal, dag)),
  );

function dagText(terminal: Terminal, dag: z.output<typeof contract.getDag.reply>): string {
  const params = Object.entries(dag.spec.params).map(
    ([name, param]) =>
      `${name}: ${param.type}${param.default === null ? '' : ` = ${param.default}`}`,
  );
  const facts = [
    ['', dag.description],
    ['version', `${dag.versionId.slice(0, 12)}  ${agoText(dag.updatedAt)}`],
    ['owners', dag.owners.join(', ')],
    ['tags', dag.tags.join(', ')],
    ['schedule', dag.schedules.join(', ')],
    ['next', agoText(dag.nextFireAt)],
    ['params', params.join(', ')],
    ['active', `${dag.activeRuns} runs`],
  ] as const;
  const lines = facts.map(([name, value]) => [name, tame(value, factMax)] as const);
  const state = dag.paused ? terminal.paint('yellow', 'paused') : terminal.paint('green', 'active');
  const head = `${terminal.paint('bold', dag.dagId)}  ${state}\n`;
  const rows = Object.entries(dag.spec.tasks).map(([taskId, task]) => [
    taskId,
    task.action.kind,
    task.dependsOn.join(', ') || '-',
    task.triggerRule,
    String(task.retries),
  ]);
  const headings = ['task', 'type', 'depends on', 'rule', 'retries'];
  const tasks = table(terminal, headings, rows, 'no tasks');
  return `${head}${factLines(terminal, lines, 9)}\n${tasks}`;
}

function setPaused(session: Session, dagId: string, paused: boolean): Promise<Outcome> {
  const endpoint = paused ? contract.pauseDag : contract.unpauseDag;
  return ask(session, endpoint, { params: { dagId }, query: {} }, () =>
    session.terminal.out(`${dagId}  ${paused ? 'paused' : 'active'}\n`),
  );
}

const remove = (session: Session, _: object, [dagId = '']: readonly string[]): Promise<Outcome> =>
  ask(session, contract.deleteDag, { params: { dagId }, query: {} }, () =>
    session.terminal.out(`${dagId}  removed\n`),
  );
