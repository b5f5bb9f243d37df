/** One attempt whose log is being copied, and a look at what is new in its files. */
import type { AttemptId, LogEnd, LogPart, LogStreamName } from '../../model/protocol.ts';
import type { Files } from '../files.ts';
import type { Workspace } from '../workspace.ts';
import type { LogCutter } from './cutter.ts';
import { readStream } from './stream-file.ts';

export const streamNames = ['stdout', 'stderr'] as const satisfies readonly LogStreamName[];

/** How far a stream has come, in bytes. */
export interface StreamProgress {
  /** When it was looked at last. */
  size: number;
  /** What the copy is known to have. */
  copied: number;
}

export interface Copying {
  readonly id: AttemptId;
  readonly attempt: number;
  readonly workspace: Workspace;
  readonly stdout: StreamProgress;
  readonly stderr: StreamProgress;
  /** Nothing is written to it any more. */
  ended: boolean;
  /** It may have a whole copy already: that is asked before a byte is sent. */
  asks: boolean;
}

export const copying = (attempt: Omit<Copying, 'stdout' | 'stderr'>): Copying => ({
  ...attempt,
  stdout: { size: 0, copied: 0 },
  stderr: { size: 0, copied: 0 },
});

/** Whether the copy lacks something that the last look has seen. */
export const lacks = ({ stdout, stderr }: Copying): boolean =>
  stdout.copied < stdout.size || stderr.copied < stderr.size;

/** Whether it has written nothing, as far as was seen. */
export const isEmpty = ({ stdout, stderr }: Copying): boolean => stdout.size + stderr.size === 0;

/** The end, if after these parts the copy has everything that the ended attempt wrote. */
export function endOf(it: Copying, parts: readonly LogPart[]): LogEnd | undefined {
  if (!it.ended) return undefined;
  const isDone = (stream: LogStreamName): boolean => {
    const part = parts.find((each) => each.stream === stream);
    const reaches = part === undefined ? it[stream].copied : part.offset + part.bytes.length;
    return reaches >= it[stream].size;
  };
  if (!it.asks && !streamNames.every(isDone)) return undefined;
  const { id, attempt, stdout, stderr } = it;
  return { id, attempt, stdoutBytes: stdout.size, stderrBytes: stderr.size };
}

export interface LookOptions {
  readonly files: Files;
  readonly cutter: LogCutter;
  /** Of both streams together; 0: only the sizes are asked. */
  readonly bytesMax: number;
}

/**
 * What the copy lacks of both streams, as far as it fits; the sizes are noted. A stream that cannot
 * be read now is looked at again another time.
 */
export function look(
  it: Copying,
  options: LookOptions,
  done: (parts: readonly LogPart[]) => void,
): void {
  // The one that lacks less first, or a flood of the other would keep it waiting for ever.
  const isFlood = it.stdout.size - it.stdout.copied > it.stderr.size - it.stderr.copied;
  const [first, second] = isFlood ? (['stderr', 'stdout'] as const) : streamNames;
  lookAtStream(it, first, options, (one) => {
    const bytesMax = options.bytesMax - (one?.bytes.length ?? 0);
    lookAtStream(it, second, { ...options, bytesMax }, (other) => {
      done([one, other].filter((part) => part !== undefined));
    });
  });
}

function lookAtStream(
  it: Copying,
  stream: LogStreamName,
  { files, cutter, bytesMax }: LookOptions,
  done: (part: LogPart | undefined) => void,
): void {
  const { id, attempt, workspace, asks } = it;
  const path = workspace[stream];
  const progress = it[stream];
  files.stat(path, (found) => {
    if (!found.ok || found.value === undefined) return done(undefined);
    progress.size = found.value.sizeBytes;
    cutter.consider(path, progress.size);
    if (progress.copied >= progress.size || bytesMax <= 0 || asks) return done(undefined);
    const after = progress.copied;
    const read = (offset: number): void =>
      readStream(files, path, { offset, bytesMax }, (result) => {
        if (!result.ok || result.value === undefined) return done(undefined);
        const { bytes, gap } = result.value;
        if (gap !== undefined) return read(gap.to);
        done(bytes.length === 0 ? undefined : { id, attempt, stream, after, offset, bytes });
      });
    read(after);
  });
}
