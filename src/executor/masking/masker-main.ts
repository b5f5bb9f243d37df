/**
 * The masker: one process of an executor, started with the first task that is given secrets. Logs
 * go through it and never through the executor's event loop. It ends with its executor, after it
 * has written what was in the pipes.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MaskedStream } from './masked-stream.ts';
import { type FromMasker, isToMasker, type ToMasker } from './messages.ts';

const run = promisify(execFile);

/** Those that are still being opened, too: who closes them waits for that. */
const open = new Map<number, Promise<readonly MaskedStream[]>>();

const tell = (message: FromMasker): void => {
  if (process.connected) process.send?.(message);
};

type Opening = Extract<ToMasker, { kind: 'open' }>;

async function begin({ files, secrets }: Opening): Promise<readonly MaskedStream[]> {
  // Pipes that are there are those of a masker before this one. `mkfifo` makes the others.
  await run('mkfifo', ['-m', '600', '--', ...files.map(({ pipe }) => pipe)]).catch(() => {});
  const hidden = secrets.map((secret) => new TextEncoder().encode(secret));
  const opened = await Promise.allSettled(files.map((each) => MaskedStream.open(each, hidden)));
  const streams = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = opened.find((each) => each.status === 'rejected');
  if (failed === undefined) return streams;
  await Promise.allSettled(streams.map((stream) => stream.finish()));
  throw failed.reason;
}

/** What could not be opened has said so, and has nothing to close. */
async function finish(id: number): Promise<void> {
  const streams = (await open.get(id)?.catch(() => [])) ?? [];
  open.delete(id);
  const ends = await Promise.allSettled(streams.map((stream) => stream.finish()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** The error is a sentence for people, without what the pipes held. */
function answer(kind: FromMasker['kind'], id: number, work: Promise<unknown>): void {
  work.then(
    () => tell({ kind, id }),
    (error: unknown) => tell({ kind, id, error: String(error) }),
  );
}

process.on('message', (message) => {
  if (!isToMasker(message)) return;
  if (message.kind === 'open') {
    const opening = begin(message);
    open.set(message.id, opening);
    opening.catch(() => open.delete(message.id));
    answer('opened', message.id, opening);
  } else answer('closed', message.id, finish(message.id));
});

// The executor is gone, and its tasks with it: the rest of what they wrote is kept.
process.on('disconnect', () => {
  Promise.allSettled([...open.keys()].map(finish)).finally(() => process.exit(0));
});
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
