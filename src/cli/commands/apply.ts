/** `skein apply` and `skein lint`. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { fail } from '../../base/result.ts';
import { action, done, type Outcome, type Session, type Stage } from '../command.ts';
import { exitCodes, type Failure } from '../exit-codes.ts';
import { jsonText } from '../format.ts';
import { adviceLines, checkSource, type DagSource, dagSources, findingLines } from './dag-files.ts';

export function applyCommands(program: Command, stage: Stage): void {
  program
    .command('apply')
    .description('apply DAG files: new ones are created, others changed')
    .requiredOption('-f, --file <path...>', 'a file, a folder, or - for standard input')
    .option('--dry-run', 'let the cluster check the files and change nothing')
    .action(action<ApplyOptions>(stage, apply));
  program
    .command('lint')
    .description('check DAG files without a cluster')
    .argument('[path...]', 'files, folders, or - for standard input')
    .option('-f, --file <path...>', 'the same')
    .action(action<LintOptions>(stage, lint));
}

interface ApplyOptions {
  readonly file: readonly string[];
  readonly dryRun?: boolean;
}

interface LintOptions {
  readonly file?: readonly string[];
}

async function apply(session: Session, options: ApplyOptions): Promise<Outcome> {
  const sources = await dagSources(session.terminal, options.file);
  if (!sources.ok) return sources;
  const replies: unknown[] = [];
  const failures: Failure[] = [];
  for (const source of sources.value) {
    const applied = await applyOne(session, source, options.dryRun === true);
    if (applied.ok) replies.push(applied.value);
    else failures.push(applied.error);
    // Without a cluster the other files would fail alike.
    if (!applied.ok && applied.error.exitCode === exitCodes.unavailable) break;
  }
  if (session.json) session.terminal.out(`${jsonText(replies, 2)}\n`);
  const [first] = failures;
  return first === undefined ? done : fail(first);
}

async function applyOne(session: Session, source: DagSource, dryRun: boolean) {
  const { terminal, client, json } = session;
  const checked = checkSource(source, session.namespace);
  if (!checked.ok) {
    terminal.err(findingLines(source.name, checked.error));
    return fail(notValid(1));
  }
  const { dagId, namespace, file } = checked.value;
  const sent = await client.call(contract.applyDag, {
    params: { dagId },
    query: { namespace, ...(dryRun ? { dryRun: 'true' as const } : {}) },
    definition: file,
  });
  if (!sent.ok) return sent;
  const { outcome, versionId, index } = sent.value.value;
  if (!json) {
    const style = outcome === 'unchanged' ? 'gray' : 'green';
    const version = `version ${versionId.slice(0, 12)}`;
    terminal.out(`${dagId}  ${terminal.paint(style, outcome)}  ${version}  index ${index}\n`);
  }
  return { ok: true, value: sent.value.raw } as const;
}

const notValid = (count: number): Failure => ({
  exitCode: exitCodes.failure,
  code: 'DAG_INVALID',
  detail: count === 1 ? 'a DAG file is not valid' : `${count} DAG files are not valid`,
  next: 'Correct what is listed above; `skein lint` checks again without a cluster.',
});

async function lint(
  session: Session,
  options: LintOptions,
  args: readonly string[],
): Promise<Outcome> {
  const { terminal, json, namespace } = session;
  const paths = [...args, ...(options.file ?? [])];
  const sources = await dagSources(terminal, paths.length === 0 ? ['.'] : paths);
  if (!sources.ok) return sources;
  let wrong = 0;
  const report: unknown[] = [];
  for (const source of sources.value) {
    const checked = checkSource(source, namespace);
    const problems = checked.ok ? [] : checked.error;
    if (!checked.ok) wrong++;
    const advice = checked.ok ? checked.value.advice : [];
    report.push({ file: source.name, ok: checked.ok, problems, advice });
    if (json) continue;
    if (checked.ok) terminal.out(`${source.name}  ${terminal.paint('green', 'ok')}\n`);
    else terminal.out(findingLines(source.name, problems));
    terminal.out(adviceLines(source.name, advice));
  }
  if (json) terminal.out(`${jsonText(report, 2)}\n`);
  return wrong === 0 ? done : fail(notValid(wrong));
}
