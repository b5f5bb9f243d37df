/** `skein artifacts RUN` and `skein cp RUN/TASK:NAME DEST`: what tasks have left as files. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { contract } from '../../api/contract.ts';
import type { runDetailReply } from '../../api/contract-replies.ts';
import { formatSize } from '../../base/duration.ts';
import { action, answer, done, type Outcome, type Session, type Stage, usage } from '../command.ts';
import { download } from '../download.ts';
import { table } from '../format.ts';
import { instanceName, parseInstanceName } from '../instance-name.ts';

interface CopyOptions {
  readonly attempt?: string;
}

export function artifactCommands(program: Command, stage: Stage): void {
  program
    .command('artifacts')
    .description('list what the tasks of a run have left as files')
    .argument('<run>', 'the id of a run')
    .action(action(stage, artifacts));
  program
    .command('cp')
    .description('copy an artifact to this machine; a folder is unpacked')
    .argument('<run/task:name>', 'the ids of a run and a task, and the name of the artifact')
    .argument('[dest]', 'a file, a folder, or - for standard output', '.')
    .option('--attempt <number>', 'of this attempt (the last that succeeded)')
    .action(action<CopyOptions>(stage, copy));
}

async function artifacts(session: Session, _: object, [runId = '']: readonly string[]) {
  const reply = await session.client.call(contract.getRun, { params: { runId }, query: {} });
  if (!reply.ok) return reply;
  const items = left(reply.value.value);
  return answer(session, { ...reply.value, raw: items, value: items }, (all) => {
    const headings = ['artifact', 'attempt', 'kind', 'size', 'on', 'sha256'];
    const rows = all.map(({ task, attempt, name, kind, bytes, nodes, sha256 }) => [
      ...[`${task}:${name}`, String(attempt), kind, formatSize(bytes)],
      ...[nodes.join(', '), sha256.slice(0, 12)],
    ]);
    session.terminal.out(table(session.terminal, headings, rows, 'no artifacts'));
  });
}

/** Of each task, what its last success has left. */
const left = (run: z.output<typeof runDetailReply>) =>
  run.tasks.flatMap((task) => {
    const last = task.attempts.findLast(({ state }) => state === 'success');
    if (last === undefined) return [];
    const { attempt } = last;
    return last.artifacts.map((artifact) => ({ task: instanceName(task), attempt, ...artifact }));
  });

async function copy(
  session: Session,
  { attempt }: CopyOptions,
  [target = '', dest = '.']: readonly string[],
): Promise<Outcome> {
  const parts = /^([^/]+)\/(.+):([^:]+)$/.exec(target);
  if (parts === null) {
    return usage(`"${target}" names no artifact`, 'Write RUN/TASK:NAME, as in r1/train:model.');
  }
  const [, runId = '', named = '', name = ''] = parts;
  const { taskId, mapIndex } = parseInstanceName(named);
  const query = {
    ...(mapIndex === 0 ? {} : { mapIndex: String(mapIndex) }),
    ...(attempt === undefined ? {} : { attempt }),
  };
  const params = { runId, taskId, name };
  const opened = await session.client.open(contract.getArtifact, { params, query }, null);
  if (!opened.ok) return opened;
  const saved = await download(session.terminal, opened.value, { name, dest });
  if (!saved.ok) return saved;
  if (saved.value !== null) session.terminal.err(`${saved.value}\n`);
  return done;
}
