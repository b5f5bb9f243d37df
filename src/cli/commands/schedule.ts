/** `skein schedule preview|fires`: what a DAG's schedules will do, and what they did. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { formatDuration } from '../../base/duration.ts';
import { action, answer, ask, type Outcome, type Session, type Stage, usage } from '../command.ts';
import { stateText, table } from '../format.ts';
import { checkSource, dagSources, findingLines } from './dag-files.ts';

interface PreviewOptions {
  readonly count?: string;
  readonly from?: string;
  readonly file?: string;
}

interface FiresOptions {
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
}

export function scheduleCommands(program: Command, stage: Stage): void {
  const schedule = program.command('schedule').description('what fires next, and what fired');
  schedule
    .command('preview')
    .description('the next fires, with local times and what clocks and calendars do to them')
    .argument('[dag]', 'the id of the DAG')
    .option('--count <number>', 'how many fires, or -n (50)')
    .option('--from <time>', 'fires behind this time (now)')
    .option('-f, --file <file>', 'of a definition that is not applied')
    .action(action<PreviewOptions>(stage, preview));
  schedule
    .command('fires')
    .description('what became of every due instant, newest first')
    .argument('<dag>', 'the id of the DAG')
    .option('--since <time>', 'from this time on (a week ago)')
    .option('--until <time>', 'up to this time (now); a later one shows what is to come')
    .option('--limit <number>', 'at most so many (50)')
    .action(action<FiresOptions>(stage, fires));
}

/**
 * `-n` of a preview is the number of its fires, as in `tail -n`; everywhere else it is the
 * namespace, and as an option of the program it would be taken for that here too.
 */
export function countedByN(args: readonly string[]): readonly string[] {
  const begin = args.findIndex((arg, place) => arg === 'preview' && args[place - 1] === 'schedule');
  if (begin === -1) return args;
  return args.map((arg, place) => (place > begin && arg === '-n' ? '--count' : arg));
}

async function preview(
  session: Session,
  options: PreviewOptions,
  [id]: readonly string[],
): Promise<Outcome> {
  const query = { n: options.count, from: options.from };
  const reply =
    options.file === undefined
      ? await previewDag(session, id, query)
      : await previewFile(session, options.file, query);
  if (!reply.ok) return reply;
  return answer(session, reply.value, ({ items }) => {
    const { terminal } = session;
    const rows = items.map(({ local, at, startsAt, schedule, count, notes }) => {
      const zoned = local.replace('T', ' ');
      const when = count > 1 ? `${zoned} (${count} times)` : zoned;
      const cells = [when, at, schedule, notes.join('; ')];
      return startsAt === null ? cells.map((cell) => terminal.paint('gray', cell)) : cells;
    });
    const headings = ['local time', 'instant', 'schedule', 'notes'];
    terminal.out(table(terminal, headings, rows, 'Nothing is going to fire.'));
  });
}

interface PreviewQuery {
  readonly n: string | undefined;
  readonly from: string | undefined;
}

async function previewDag({ client }: Session, id: string | undefined, query: PreviewQuery) {
  if (id === undefined) {
    return usage('which DAG?', 'Name one, or a file that is not applied with -f FILE.');
  }
  return client.call(contract.previewSchedule, { params: { dagId: id }, query });
}

async function previewFile(session: Session, file: string, query: PreviewQuery) {
  const { terminal, client } = session;
  const sources = await dagSources(terminal, [file]);
  if (!sources.ok) return sources;
  const [source, ...more] = sources.value;
  if (source === undefined || more.length > 0) {
    return usage(`${file} is not one DAG file`, 'Name a single file.');
  }
  const checked = checkSource(source, session.namespace);
  if (!checked.ok) {
    terminal.err(findingLines(source.name, checked.error));
    return usage('the DAG file is not valid', 'Correct what is listed above.');
  }
  const { namespace, file: definition } = checked.value;
  return client.call(contract.previewFile, {
    params: {},
    query: { ...query, namespace },
    definition,
  });
}

function fires(
  session: Session,
  { since, until, limit }: FiresOptions,
  [dagId = '']: readonly string[],
): Promise<Outcome> {
  const { terminal } = session;
  const input = { params: { dagId }, query: { since, until, limit } };
  return ask(session, contract.listFires, input, ({ items, truncated, skipsKnownSince }) => {
    const rows = items.map((fire) => [
      fire.count > 1 ? `${fire.at} .. ${fire.to}` : fire.at,
      fire.state === 'skipped' ? terminal.paint('gray', 'skipped') : fire.state,
      fire.state === 'skipped' ? `${fire.reason} x${fire.count}` : (fire.runId ?? '-'),
      fire.runState === null ? '' : stateText(terminal, fire.runState),
      fire.lateMs === null ? (fire.heldBy ?? '') : `${formatDuration(fire.lateMs)} late`,
    ]);
    const headings = ['instant', 'outcome', 'run or reason', 'state', 'late'];
    terminal.out(table(terminal, headings, rows, 'No instant was due in this time.'));
    if (truncated) terminal.out('There is more: name a smaller range, or a higher --limit.\n');
    if (skipsKnownSince !== null) {
      terminal.out(`Instants let go before ${skipsKnownSince} are only counted.\n`);
    }
  });
}
