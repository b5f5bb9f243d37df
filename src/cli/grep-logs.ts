/** `skein logs RUN --grep TEXT`: lines of all attempts, as `grep` would show them. */
import type { z } from 'zod';
import { contract } from '../api/contract.ts';
import { done, type Outcome, type Session } from './command.ts';
import { jsonText } from './format.ts';
import { instanceName } from './instance-name.ts';

export interface GrepOptions {
  readonly grep: string;
  readonly regex?: boolean;
  readonly ignoreCase?: boolean;
  readonly context?: string;
  readonly stream?: string;
}

type Match = z.output<typeof contract.searchRunLogs.reply>['matches'][number];

export async function grepLogs(
  session: Session,
  asked: {
    readonly runId: string;
    readonly task: { readonly taskId: string; readonly mapIndex: number } | undefined;
    readonly options: GrepOptions;
  },
): Promise<Outcome> {
  const { client, terminal, json } = session;
  const { runId, task, options } = asked;
  const { grep: q, regex, ignoreCase, context, stream } = options;
  const query = {
    q,
    limit: '500',
    ...(regex === true ? { regex: 'true' as const } : {}),
    ...(ignoreCase === true ? { ignoreCase: 'true' as const } : {}),
    ...(context === undefined ? {} : { context }),
    ...(task === undefined ? {} : { taskId: task.taskId }),
  };
  const reply = await client.call(contract.searchRunLogs, { params: { runId }, query });
  if (!reply.ok) return reply;
  const { matches, isCut, unsearched } = reply.value.value;
  const wanted = matches
    .filter((match) => stream === undefined || match.stream === stream)
    .filter((match) => task === undefined || match.mapIndex === task.mapIndex);
  if (json) terminal.out(jsonText({ ...reply.value.value, matches: wanted }));
  else for (const match of wanted) print(session, match);
  if (isCut) terminal.err('there may be more: a limit of the search was reached\n');
  if (unsearched > 0) {
    const whose = `the nodes of ${unsearched} attempts did not answer`;
    terminal.err(`${whose}, and nobody has a copy of their logs\n`);
  }
  return done;
}

/** `task/attempt stream:line: text`; lines around it with `-` in the place of the last colon. */
function print({ terminal }: Session, match: Match): void {
  const { attempt, stream, line, before, after } = match;
  const named = `${instanceName(match)}/${attempt} ${stream}`;
  const show = (text: string, away: number): void => {
    const place = line === null ? '?' : String(line + away);
    const mark = away === 0 ? ':' : '-';
    terminal.out(`${terminal.paint('cyan', named)}:${place}${mark} ${text}\n`);
  };
  before.forEach((text, at) => {
    show(text, at - before.length);
  });
  show(match.text, 0);
  after.forEach((text, at) => {
    show(text, at + 1);
  });
}
