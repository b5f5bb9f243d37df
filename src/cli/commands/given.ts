/** `skein given RUN/TASK`: what an attempt was given, as its node kept it. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { contract } from '../../api/contract.ts';
import { action, ask, type Outcome, type Session, type Stage, usage } from '../command.ts';
import { tameLines } from '../format.ts';
import { parseInstanceName } from '../instance-name.ts';

interface GivenOptions {
  readonly attempt: string;
}

export function givenCommand(program: Command, stage: Stage): void {
  program
    .command('given')
    .description('what a task was given: its texts as they were rendered, params, outputs')
    .argument('<run/task>', 'the ids of a run and a task; of a mapped one: run/task[3]')
    .option('--attempt <number>', 'of this attempt', 'latest')
    .action(action<GivenOptions>(stage, given));
}

async function given(
  session: Session,
  { attempt }: GivenOptions,
  [target = '']: readonly string[],
): Promise<Outcome> {
  const [runId = '', name, ...more] = target.split('/');
  if (name === undefined || more.length > 0) {
    return usage(`"${target}" names no task of a run`, 'Write RUN/TASK, as in r1/load.');
  }
  const { taskId, mapIndex } = parseInstanceName(name);
  const params = { runId, taskId, attempt };
  const query = mapIndex === 0 ? {} : { mapIndex: String(mapIndex) };
  const { terminal } = session;
  return ask(session, contract.getGiven, { params, query }, (value) =>
    terminal.out(givenText(value, (text) => terminal.paint('cyan', text))),
  );
}

type Reply = z.output<typeof contract.getGiven.reply>;

/** Texts of several lines, such as commands, stand as they are: they are what people look for. */
function givenText(reply: Reply, paint: (text: string) => string): string {
  const { attempt, node, at, leftOut, action, ...rest } = reply;
  const parts = [tameLines(`attempt ${attempt} on ${node}, ${at}`)];
  for (const [name, value] of Object.entries({ ...action, ...rest })) {
    if (isNothing(value)) continue;
    const text = tameLines(typeof value === 'string' ? value : JSON.stringify(value, null, 2));
    const isLong = text.includes('\n');
    parts.push(
      isLong ? `${paint(tameLines(name))}\n${text}` : `${paint(tameLines(name))}  ${text}`,
    );
  }
  if (leftOut.length > 0) parts.push(`left out, because they are large: ${leftOut.join(', ')}`);
  return `${parts.join('\n')}\n`;
}

const isNothing = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (typeof value === 'object' && Object.keys(value).length === 0);
