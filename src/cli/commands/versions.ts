/** `skein dag versions|diff|promote|rollback|canary`, and `skein dags-dir`. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { contract } from '../../api/contract.ts';
import { findingText } from '../../api/problems.ts';
import { action, ask, type Outcome, type Session, type Stage, usage } from '../command.ts';
import { agoText, table, tame } from '../format.ts';
import type { Terminal } from '../terminal.ts';
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
    .argument('[version]', 'a version that is there')
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

function list(session: Session, _: object, [dagId = '']: readonly string[]): Promise<Outcome> {
  const { terminal } = session;
  return ask(session, contract.listVersions, { params: { dagId }, query: {} }, ({ items }) => {
    const rows = items.map((version) => [
      version.versionId.slice(0, 12),
      version.current ? terminal.paint('green', 'current') : '',
      agoText(version.createdAt),
      version.createdBy,
      String(version.tasks),
    ]);
    terminal.out(table(terminal, ['version', '', 'applied', 'by', 'tasks'], rows, 'No versions.'));
  });
}

async function diff(
  session: Session,
  _: object,
  [dagId = '', before = '', given]: readonly string[],
): Promise<Outcome> {
  const { terminal } = session;
  const after = given ?? (await currentVersion(session, dagId));
  if (typeof after !== 'string') return after;
  const params = { dagId, before, after };
  return ask(session, contract.diffVersions, { params, query: {} }, (found) => {
    const lines = found.fields.map((field) => `  ${fieldText(field)}`);
    for (const taskId of found.removed) lines.push(terminal.paint('red', `- ${taskId}`));
    for (const taskId of found.added) lines.push(terminal.paint('green', `+ ${taskId}`));
    for (const { taskId, fields } of found.changed) {
      lines.push(terminal.paint('yellow', `~ ${taskId}`));
      for (const field of fields) lines.push(`    ${fieldText(field)}`);
    }
    terminal.out(lines.length === 0 ? 'nothing differs\n' : `${lines.join('\n')}\n`);
  });
}

type FieldChange = z.output<typeof contract.diffVersions.reply>['fields'][number];

const fieldText = ({ path, before, after }: FieldChange): string =>
  `${tame(path)}: ${valueText(before)} -> ${valueText(after)}`;

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

function take(session: Session, dagId: string, version: string): Promise<Outcome> {
  const given = { params: { dagId, version }, query: {} };
  return ask(session, contract.promoteVersion, given, ({ versionId }) =>
    session.terminal.out(`${dagId}  new runs take version ${versionId.slice(0, 12)}\n`),
  );
}

interface CanaryOptions {
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
  [dagId = '', version]: readonly string[],
): Promise<Outcome> {
  const { terminal } = session;
  if (options.end === true) {
    return ask(session, contract.endCanary, { params: { dagId }, query: {} }, () =>
      terminal.out(`${dagId}  the canary is over\n`),
    );
  }
  const { file } = options;
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
  const given = { params: { dagId }, query: {}, body };
  return ask(session, contract.startCanary, given, ({ versionId }) =>
    terminal.out(`${dagId}  canary of version ${versionId.slice(0, 12)}\n`),
  );
}

function showCanary(session: Session, dagId: string): Promise<Outcome> {
  const { terminal } = session;
  return ask(session, contract.getCanary, { params: { dagId }, query: {} }, (it) => {
    const which = it.share === null ? `the next ${it.runsLeft ?? 0} runs` : `${it.share * 100} %`;
    const rate = it.failureRateMax;
    const limit = rate === null ? 'never' : `above ${rate * 100} % failed`;
    const runs = `${it.started} started, ${it.succeeded} success, ${it.failed} failed`;
    terminal.out(`version ${it.versionId.slice(0, 12)}  ${which}\n${runs}\n`);
    terminal.out(`ends by itself: ${limit}, after ${it.runsMin} runs\n`);
  });
}

const showFolder = (session: Session): Promise<Outcome> =>
  ask(session, contract.getDagsDir, { params: {}, query: {} }, (found) =>
    session.terminal.out(folderText(session.terminal, found)),
  );

type Folder = z.output<typeof contract.getDagsDir.reply>;

function folderText(terminal: Terminal, { folder, files }: Folder): string {
  if (folder === null) return 'This node watches no folder: start it with --dags-dir.\n';
  const rows = files.map((each) => [
    tame(each.file),
    each.state === 'broken' ? terminal.paint('red', each.state) : each.state,
    each.dagId ?? '-',
    each.versionId?.slice(0, 12) ?? '-',
    agoText(each.at),
  ]);
  const headings = ['file', 'state', 'dag', 'version', 'when'];
  const lines = files.flatMap(({ file, problems }) =>
    problems.map(({ line, column, path, message, code }) => {
      const finding = { code: 'DAG_INVALID' as const, line, column, path, message };
      return `${tame(file)}: ${tame(findingText(finding), 2_000)} (${code})\n`;
    }),
  );
  return `${folder}\n${table(terminal, headings, rows, 'No DAG files.')}${lines.join('')}`;
}
