/** `skein dags` and `skein dag show|pause|unpause|delete`. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { action, done, type Outcome, printJson, type Session, type Stage } from '../command.ts';
import { agoText, table, tame } from '../format.ts';

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

async function list(session: Session): Promise<Outcome> {
  const { client, terminal, json } = session;
  const raw: unknown[] = [];
  const rows: string[][] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? {} : { cursor };
    const reply = await client.call(contract.listDags, { params: {}, query });
    if (!reply.ok) return reply;
    raw.push(...reply.value.value.items);
    for (const dag of reply.value.value.items) {
      const state = dag.paused ? terminal.paint('yellow', 'paused') : 'active';
      const schedule = dag.schedules.join(', ') || '-';
      const next = agoText(dag.nextFireAt) || '-';
      rows.push([dag.dagId, state, schedule, next, String(dag.activeRuns), String(dag.tasks)]);
    }
    cursor = reply.value.value.cursor ?? undefined;
  } while (cursor !== undefined);
  if (json) return printJson(session, raw);
  const headings = ['dag', 'state', 'schedule', 'next', 'active', 'tasks'];
  terminal.out(
    table(terminal, headings, rows, 'No DAGs yet: apply one with `skein apply -f FILE`.'),
  );
  return done;
}

async function show(session: Session, _: object, [id = '']: readonly string[]): Promise<Outcome> {
  const { client, terminal, json } = session;
  const reply = await client.call(contract.getDag, { params: { dagId: id }, query: {} });
  if (!reply.ok) return reply;
  if (json) return printJson(session, reply.value.raw);
  const dag = reply.value.value;
  const params = Object.entries(dag.spec.params).map(
    ([name, param]) =>
      `${name}: ${param.type}${param.default === null ? '' : ` = ${param.default}`}`,
  );
  const facts: readonly (readonly [string, string])[] = [
    ['', dag.description],
    ['version', `${dag.versionId.slice(0, 12)}  ${agoText(dag.updatedAt)}`],
    ['owners', dag.owners.join(', ')],
    ['tags', dag.tags.join(', ')],
    ['schedule', dag.schedules.join(', ')],
    ['next', agoText(dag.nextFireAt)],
    ['params', params.join(', ')],
    ['active', `${dag.activeRuns} runs`],
  ];
  const state = dag.paused ? terminal.paint('yellow', 'paused') : terminal.paint('green', 'active');
  terminal.out(`${terminal.paint('bold', dag.dagId)}  ${state}\n`);
  for (const [name, value] of facts) {
    if (value !== '')
      terminal.out(`${terminal.paint('gray', name.padEnd(9))} ${tame(value, factMax)}\n`);
  }
  const rows = Object.entries(dag.spec.tasks).map(([taskId, task]) => [
    taskId,
    task.action.kind,
    task.dependsOn.join(', ') || '-',
    task.triggerRule,
    String(task.retries),
  ]);
  const headings = ['task', 'type', 'depends on', 'rule', 'retries'];
  terminal.out(`\n${table(terminal, headings, rows, 'no tasks')}`);
  return done;
}

async function setPaused(session: Session, dagId: string, paused: boolean): Promise<Outcome> {
  const endpoint = paused ? contract.pauseDag : contract.unpauseDag;
  const reply = await session.client.call(endpoint, { params: { dagId }, query: {} });
  if (!reply.ok) return reply;
  if (session.json) return printJson(session, reply.value.raw);
  session.terminal.out(`${dagId}  ${paused ? 'paused' : 'active'}\n`);
  return done;
}

async function remove(
  session: Session,
  _: object,
  [dagId = '']: readonly string[],
): Promise<Outcome> {
  const reply = await session.client.call(contract.deleteDag, { params: { dagId }, query: {} });
  if (!reply.ok) return reply;
  if (session.json) return printJson(session, reply.value.raw);
  session.terminal.out(`${dagId}  removed\n`);
  return done;
}
