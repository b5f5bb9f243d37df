/** `skein hints`: what tasks ask for, beside what they took. */
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { formatSize } from '../../base/duration.ts';
import type { AmountHintView, HintsView } from '../../model/views/hints.ts';
import { everyItem } from '../client.ts';
import {
  action,
  ask,
  done,
  type Outcome,
  printJson,
  type Session,
  type Stage,
} from '../command.ts';
import { table } from '../format.ts';
import type { Terminal } from '../terminal.ts';

export function hintCommands(program: Command, stage: Stage): void {
  program
    .command('hints')
    .description('what tasks ask for, beside what their recent attempts took')
    .argument('[dag]', 'the id of the DAG; unless said, advice for all')
    .option('--runs <number>', 'look at so many of the newest runs (50)')
    .action(action<HintOptions>(stage, hints));
}

interface HintOptions {
  readonly runs?: string;
}

function hints(
  session: Session,
  { runs }: HintOptions,
  [dagId]: readonly string[],
): Promise<Outcome> {
  const query = runs === undefined ? {} : { runs };
  if (dagId === undefined) return ofAll(session, query);
  return ask(session, contract.dagHints, { params: { dagId }, query }, (value) =>
    session.terminal.out(hintsText(session.terminal, value)),
  );
}

/** Only what is worth changing. */
async function ofAll(session: Session, query: HintOptions): Promise<Outcome> {
  const { client, terminal } = session;
  const dags = await everyItem((page) =>
    client.call(contract.listDags, { params: {}, query: page }),
  );
  if (!dags.ok) return dags;
  const found: HintsView[] = [];
  for (const { dagId } of dags.value) {
    const reply = await client.call(contract.dagHints, { params: { dagId }, query });
    if (!reply.ok) return reply;
    found.push(reply.value.value);
  }
  if (session.json) return printJson(session, found);
  const lines = found.flatMap(({ dagId, tasks }) =>
    tasks.flatMap(({ taskId, advice }) => advice.map((text) => `${dagId}.${taskId}  ${text}\n`)),
  );
  terminal.out(lines.length === 0 ? 'nothing to change, as far as is known\n' : lines.join(''));
  return done;
}

function hintsText(terminal: Terminal, { runs, attempts, tasks }: HintsView): string {
  const rows = tasks.flatMap(({ taskId, memory, cpu }) => [
    [taskId, 'memory', ...cells(memory, formatSize)],
    ['', 'cpu', ...cells(cpu, String)],
  ]);
  const headings = ['task', '', 'asks', 'limit', 'p50', 'p95', 'max', 'seen', 'suggested'];
  const measured = table(terminal, headings, rows, 'nothing was measured');
  const advice = tasks.flatMap((task) => task.advice.map((text) => `${task.taskId}  ${text}\n`));
  const head = `the last ${runs} runs, ${attempts} attempts\n`;
  return `${head}${measured}${advice.length === 0 ? '' : `\n${advice.join('')}`}`;
}

function cells(hint: AmountHintView, show: (amount: number) => string): readonly string[] {
  const { requested, limit, p50, p95, max, samples, suggested } = hint;
  const text = (amount: number | null): string => (amount === null ? '-' : show(amount));
  return [...[requested, limit, p50, p95, max].map(text), String(samples), text(suggested)];
}
