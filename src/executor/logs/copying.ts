/** One attempt whose log is being copied, and a look at what is new in its files. */
import type { AttemptId, LogEnd, LogPart, LogStreamName } from '../../model/protocol.ts';
import type { Files } from '../files.ts';
import type { Workspace } from '../workspace.ts';
import type { LogCutter } from './cutter.ts';
import { sideBySide } from './side-by-side.ts';
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
  const { files, cutter } = options;
  const measure = (stream: LogStreamName, measured: (isThere: boolean) => void): void => {
    const path = it.workspace[stream];
    files.stat(path, (found) => {
      const isThere = found.ok && found.value !== undefined;
      if (isThere) {
        it[stream].size = found.value.sizeBytes;
        cutter.consider(path, found.value.sizeBytes);
      }
      measured(isThere);
    });
  };
  sideBySide({ items: streamNames, atATime: 2 }, measure, (areThere) => {
    if (it.asks) return done([]);
    const there = streamNames.filter((_, at) => areThere[at]);
    // The one that lacks less first, or a flood of the other would keep it waiting for ever.
    const [first, second] = there.sort((one, other) => lackOf(it, one) - lackOf(it, other));
    readStreamOf(it, first, options, (part) => {
      const bytesMax = options.bytesMax - (part?.bytes.length ?? 0);
      readStreamOf(it, second, { ...options, bytesMax }, (other) => {
        done([part, other].filter((each) => each !== undefined));
      });
    });
  });
}

const lackOf = (it: Copying, stream: LogStreamName): number => it[stream].size - it[stream].copied;

/** What the copy lacks of a stream, as far as it fits. */
function readStreamOf(
  it: Copying,
  stream: LogStreamName | undefined,
  { files, bytesMax }: LookOptions,
  done: (part: LogPart | undefined) => void,
): void {
  if (stream === undefined || lackOf(it, stream) <= 0 || bytesMax <= 0) {
    done(undefined);
    return;
  }
  const { id, attempt, workspace } = it;
  const after = it[stream].copied;
  const read = (offset: number): void =>
    readStream(files, workspace[stream], { offset, bytesMax }, (result) => {
      if (!result.ok || result.value === undefined) return done(undefined);
      const { bytes, gap } = result.value;
      if (gap !== undefined) return read(gap.to);
      done(bytes.length === 0 ? undefined : { id, attempt, stream, after, offset, bytes });
    });
  read(after);
}
