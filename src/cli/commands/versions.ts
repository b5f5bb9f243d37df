/** `skein dag versions|diff|promote|rollback|canary`, and `skein dags-dir`. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { findingText } from '../../api/problems.ts';
import {
  action,
  done,
  type Outcome,
  printJson,
  type Session,
  type Stage,
  usage,
} from '../command.ts';
import { agoText, table, tame } from '../format.ts';
import { definitionIn } from './operators.ts';

/** `dag` is the command that these stand under. */
export function versionCommands(program: Command, dag: Command, stage: Stage): void {
  dag
    .command('versions')
    .description('list the versions of a DAG, newest first')
    .argument('<dag>', 'the id of the DAG')
    .action(action(stage, list));
  dag
    .command('diff')
    .description('what differs between two versions')
    .argument('<dag>', 'the id of the DAG')
    .argument('<before>', 'a version: its id, or how it begins')
    .argument('[after]', 'another one (the current one)')
    .action(action(stage, diff));
  dag
    .command('promote')
    .description('new runs take this version; a canary is over')
    .argument('<dag>', 'the id of the DAG')
    .argument('[version]', 'a version (that of the canary)')
    .action(action(stage, promote));
  dag
    .command('rollback')
    .description('new runs take an older version again')
    .argument('<dag>', 'the id of the DAG')
    .argument('[version]', 'a version (the newest that is older than the current one)')
    .action(action(stage, rollBack));
  dag
    .command('canary')
    .description('let some of the new runs take another version; shows it when nothing is given')
    .argument('<dag>', 'the id of the DAG')
    .option('--version <version>', 'a version that is there')
    .option('-f, --file <path>', 'a DAG file, or - for standard input')
    .option('--share <number>', 'this share of all new runs, from 0 to 1')
    .option('--runs <number>', 'the next so many runs')
    .option('--max-failure-rate <number>', 'it ends by itself when a larger share has failed')
    .option('--min-runs <number>', 'so many runs must have ended before that counts (5)')
    .option('--end', 'end it: all new runs take the current version again')
    .action(action<CanaryOptions>(stage, canary));
  program
    .command('dags-dir')
    .description('the folder of DAG files that a node watches, and what became of each file')
    .action(action(stage, showFolder));
}

async function list(
  session: Session,
  _: object,
  [dagId = '']: readonly string[],
): Promise<Outcome> {
  const { client, terminal, json } = session;
  const reply = await client.call(contract.listVersions, { params: { dagId }, query: {} });
  if (!reply.ok) return reply;
  if (json) return printJson(session, reply.value.raw);
  const rows = reply.value.value.items.map((version) => [
    version.versionId.slice(0, 12),
    version.current ? terminal.paint('green', 'current') : '',
    agoText(version.createdAt),
    version.createdBy,
    String(version.tasks),
  ]);
  terminal.out(table(terminal, ['version', '', 'applied', 'by', 'tasks'], rows, 'No versions.'));
  return done;
}

async function diff(
  session: Session,
  _: object,
  [dagId = '', before = '', given]: readonly string[],
): Promise<Outcome> {
  const { client, terminal, json } = session;
  const after = given ?? (await currentVersion(session, dagId));
  if (typeof after !== 'string') return after;
  const params = { dagId, before, after };
  const reply = await client.call(contract.diffVersions, { params, query: {} });
  if (!reply.ok) return reply;
  if (json) return printJson(session, reply.value.raw);
  const found = reply.value.value;
  const lines: string[] = [];
  for (const { path, before: old, after: fresh } of found.fields) {
    lines.push(`  ${tame(path)}: ${valueText(old)} -> ${valueText(fresh)}`);
  }
  for (const taskId of found.removed) lines.push(terminal.paint('red', `- ${taskId}`));
  for (const taskId of found.added) lines.push(terminal.paint('green', `+ ${taskId}`));
  for (const { taskId, fields } of found.changed) {
    lines.push(terminal.paint('yellow', `~ ${taskId}`));
    for (const { path, before: old, after: fresh } of fields) {
      lines.push(`    ${tame(path)}: ${valueText(old)} -> ${valueText(fresh)}`);
    }
  }
  terminal.out(lines.length === 0 ? 'nothing differs\n' : `${lines.join('\n')}\n`);
  return done;
}

const valueText = (value: unknown): string =>
  value === undefined ? '-' : tame(JSON.stringify(value), 100);

async function currentVersion(session: Session, dagId: string): Promise<string | Outcome> {
  const dag = await session.client.call(contract.getDag, { params: { dagId }, query: {} });
  return dag.ok ? dag.value.value.versionId : dag;
}

async function promote(
  session: Session,
  _: object,
  [dagId = '', given]: readonly string[],
): Promise<Outcome> {
  if (given !== undefined) return take(session, dagId, given);
  const found = await session.client.call(contract.getCanary, { params: { dagId }, query: {} });
  return found.ok ? take(session, dagId, found.value.value.versionId) : found;
}

async function rollBack(
  session: Session,
  _: object,
  [dagId = '', given]: readonly string[],
): Promise<Outcome> {
  if (given !== undefined) return take(session, dagId, given);
  const found = await session.client.call(contract.listVersions, { params: { dagId }, query: {} });
  if (!found.ok) return found;
  const versions = found.value.value.items;
  const older = versions[versions.findIndex(({ current }) => current) + 1];
  if (older !== undefined) return take(session, dagId, older.versionId);
  return usage(`DAG ${dagId} has no older version`, 'List them with `skein dag versions DAG`.');
}

async function take(session: Session, dagId: string, version: string): Promise<Outcome> {
  const given = { params: { dagId, version }, query: {} };
  const reply = await session.client.call(contract.promoteVersion, given);
  if (!reply.ok) return reply;
  if (session.json) return printJson(session, reply.value.raw);
  const { versionId } = reply.value.value;
  session.terminal.out(`${dagId}  new runs take version ${versionId.slice(0, 12)}\n`);
  return done;
}

interface CanaryOptions {
  readonly version?: string;
  readonly file?: string;
  readonly share?: string;
  readonly runs?: string;
  readonly maxFailureRate?: string;
  readonly minRuns?: string;
  readonly end?: boolean;
}

async function canary(
  session: Session,
  options: CanaryOptions,
  [dagId = '']: readonly string[],
): Promise<Outcome> {
  const { client, terminal } = session;
  if (options.end === true) {
    const reply = await client.call(contract.endCanary, { params: { dagId }, query: {} });
    if (!reply.ok) return reply;
    if (session.json) return printJson(session, reply.value.raw);
    terminal.out(`${dagId}  the canary is over\n`);
    return done;
  }
  const { version, file } = options;
  if (version === undefined && file === undefined) return showCanary(session, dagId);
  const definition = file === undefined ? null : await definitionIn(session, file);
  if (definition !== null && !definition.ok) return definition;
  const numbers: Record<string, number> = {};
  for (const [name, text] of [
    ['share', options.share],
    ['runs', options.runs],
    ['failureRateMax', options.maxFailureRate],
    ['runsMin', options.minRuns],
  ] as const) {
    if (text === undefined) continue;
    const value = Number(text);
    if (text.trim() === '' || Number.isNaN(value)) return usage(`"${text}" is not a number`, '');
    numbers[name] = value;
  }
  const body = {
    ...numbers,
    ...(version === undefined ? {} : { version }),
    ...(definition === null ? {} : { definition: definition.value }),
  };
  const reply = await client.call(contract.startCanary, { params: { dagId }, query: {}, body });
  if (!reply.ok) return reply;
  if (session.json) return printJson(session, reply.value.raw);
  terminal.out(`${dagId}  canary of version ${reply.value.value.versionId.slice(0, 12)}\n`);
  return done;
}

async function showCanary(session: Session, dagId: string): Promise<Outcome> {
  const { client, terminal, json } = session;
  const reply = await client.call(contract.getCanary, { params: { dagId }, query: {} });
  if (!reply.ok) return reply;
  if (json) return printJson(session, reply.value.raw);
  const it = reply.value.value;
  const which = it.share === null ? `the next ${it.runsLeft ?? 0} runs` : `${it.share * 100} %`;
  const limit = it.failureRateMax === null ? 'never' : `above ${it.failureRateMax * 100} % failed`;
  const runs = `${it.started} started, ${it.succeeded} success, ${it.failed} failed`;
  terminal.out(`version ${it.versionId.slice(0, 12)}  ${which}\n${runs}\n`);
  terminal.out(`ends by itself: ${limit}, after ${it.runsMin} runs\n`);
  return done;
}

async function showFolder(session: Session): Promise<Outcome> {
  const { client, terminal, json } = session;
  const reply = await client.call(contract.getDagsDir, { params: {}, query: {} });
  if (!reply.ok) return reply;
  if (json) return printJson(session, reply.value.raw);
  const { folder, files } = reply.value.value;
  if (folder === null) {
    terminal.out('This node watches no folder: start it with --dags-dir.\n');
    return done;
  }
  const rows = files.map((each) => [
    tame(each.file),
    each.state === 'broken' ? terminal.paint('red', each.state) : each.state,
    each.dagId ?? '-',
    each.versionId?.slice(0, 12) ?? '-',
    agoText(each.at),
  ]);
  terminal.out(`${folder}\n`);
  terminal.out(table(terminal, ['file', 'state', 'dag', 'version', 'when'], rows, 'No DAG files.'));
  for (const { file, problems } of files) {
    for (const { line, column, path, message, code } of problems) {
      const finding = { code: 'DAG_INVALID' as const, line, column, path, message };
      terminal.out(`${tame(file)}: ${tame(findingText(finding), 2_000)} (${code})\n`);
    }
  }
  return done;
}
