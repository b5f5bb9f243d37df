/**
 * Keeps copies of the logs of other nodes, under `log-copies` in the order of `attempts`.
 *
 * It owns the files of the copies while it writes them. It does not own the originals, and does
 * not know who reads.
 *
 * Invariants:
 *   K1  A copy is a prefix of its original: a piece that would leave a hole where the original has
 *       none is not written, and the sender is told how far the copy reaches.
 *   K2  `complete` is written only when both streams have the lengths at which the attempt ended.
 *   K3  Messages of one sender are taken up one after the other, and at most `batchesWaiting` of
 *       them wait. One more is dropped: its sender repeats it. The pieces of a message are of as
 *       many streams, and are written side by side.
 */
import type { Sender, Wire } from '../../actors/wire.ts';
import type { Trace } from '../../base/trace.ts';
import {
  inboxes,
  type LogCopied,
  type LogCopy,
  type LogEnd,
  type LogPart,
} from '../../model/protocol.ts';
import type { Files } from '../files.ts';
import { instanceDirectory, workspaceIn } from '../workspace.ts';
import type { LogCutter } from './cutter.ts';
import type { EarlyFlush } from './early-flush.ts';
import { inTurn } from './in-turn.ts';
import { copyLimits } from './limits.ts';
import { sideBySide } from './side-by-side.ts';
import { gapLine, gapPath, readGap } from './stream-file.ts';

export interface LogCopiesOptions {
  readonly wire: Wire;
  readonly files: Files;
  readonly dataDir: string;
  readonly cutter: LogCutter;
  readonly flush: EarlyFlush;
  readonly trace: Trace;
}

/** Stands beside the streams of a copy that has all that its attempt wrote (K2). */
export const completeName = 'complete';

/** How far a stream reaches after what was asked; -1: it could not be written. */
type Sized = (sizeBytes: number) => void;

export class LogCopies {
  readonly #options: LogCopiesOptions;
  readonly #waiting = new Map<string, LogCopy[]>();
  #keptBytes = 0;

  constructor(options: LogCopiesOptions) {
    this.#options = options;
  }

  /** Bytes of others that were written here since the start. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  take(batch: LogCopy, from: Sender): void {
    const waiting = this.#waiting.get(from.node);
    if (waiting === undefined) {
      this.#waiting.set(from.node, []);
      this.#write(batch, from);
    } else if (waiting.length < copyLimits.batchesWaiting) waiting.push(batch);
  }

  #next(from: Sender): void {
    const next = this.#waiting.get(from.node)?.shift();
    if (next === undefined) this.#waiting.delete(from.node);
    else this.#write(next, from);
  }

  #write(batch: LogCopy, from: Sender): void {
    const { requestId, parts, ends } = batch;
    const writePart = (part: LogPart, done: Sized): void => this.#writePart(part, done);
    const complete = (end: LogEnd, done: (isWhole: boolean) => void): void =>
      this.#complete(end, done);
    sideBySide({ items: parts, atATime: copyLimits.writesAtATime }, writePart, (sizes) => {
      inTurn(ends, complete, (whole) => this.#answer(from, { requestId, sizes, whole }));
    });
  }

  #answer(from: Sender, answer: Omit<LogCopied, 'kind'>): void {
    const message: LogCopied = { kind: 'log-copied', ...answer };
    this.#options.wire.send(from.node, inboxes.logCopies, 'bulk', message);
    this.#next(from);
  }

  #writePart(part: LogPart, done: Sized): void {
    const directory = this.#directoryOf(part);
    if (directory === undefined) {
      done(-1);
      return;
    }
    const path = workspaceIn(directory)[part.stream];
    const { files } = this.#options;
    const failed = (error: string): void => this.#failed(path, error, done);
    files.stat(path, (found) => {
      if (!found.ok) return failed(found.error);
      const sizeBytes = found.value?.sizeBytes ?? 0;
      // K1. A repeated piece is written again: the same bytes to the same place.
      if (sizeBytes < part.after || part.bytes.length === 0) return done(sizeBytes);
      const write = (error: string | undefined): void => {
        if (error !== undefined) {
          failed(error);
          return;
        }
        files.writeAt(path, part, (problem) => {
          if (problem !== undefined) return failed(problem);
          const reaches = Math.max(sizeBytes, part.offset + part.bytes.length);
          this.#keptBytes += part.bytes.length;
          this.#options.cutter.consider(path, reaches);
          this.#options.flush.reaches(path, reaches);
          done(reaches);
        });
      };
      if (found.value === undefined) files.makeDirectory(directory, (error) => write(error));
      else if (part.after < part.offset) this.#widenGap(path, part, write);
      else write(undefined);
    });
  }

  /** Before any byte behind it: nobody may take the hole for what was written. */
  #widenGap(path: string, part: LogPart, done: (error: string | undefined) => void): void {
    const { files } = this.#options;
    readGap(files, path, (read) => {
      if (!read.ok) return done(read.error);
      const from = Math.min(read.value?.from ?? part.after, part.after);
      const to = Math.max(read.value?.to ?? part.offset, part.offset);
      files.append(gapPath(path), gapLine({ from, to }), done);
    });
  }

  #complete(end: LogEnd, done: (isWhole: boolean) => void): void {
    const directory = this.#directoryOf(end);
    if (directory === undefined) {
      done(false);
      return;
    }
    const { files } = this.#options;
    const { stdout, stderr } = workspaceIn(directory);
    const reaches = (path: string, bytes: number, then: (does: boolean) => void): void => {
      if (bytes === 0) then(true);
      else files.stat(path, (found) => then(found.ok && (found.value?.sizeBytes ?? 0) >= bytes));
    };
    reaches(stdout, end.stdoutBytes, (first) => {
      if (!first) return done(false);
      reaches(stderr, end.stderrBytes, (second) => {
        if (!second) return done(false);
        const path = `${directory}/${completeName}`;
        const content = `${end.stdoutBytes} ${end.stderrBytes}\n`;
        for (const stream of [stdout, stderr]) {
          this.#options.cutter.forget(stream);
          this.#options.flush.over(stream);
        }
        files.writeFile(path, content, (error) => {
          if (error !== undefined) this.#trace(path, error);
          done(error === undefined);
        });
      });
    });
  }

  /** Names come from another node: what cannot be one leads nowhere. */
  #directoryOf({ id, attempt }: Pick<LogPart, 'id' | 'attempt'>): string | undefined {
    if (!Number.isSafeInteger(attempt) || !Number.isSafeInteger(id.token)) return undefined;
    const parent = instanceDirectory(this.#options.dataDir, id, 'log-copies');
    return parent.ok ? `${parent.value}/${attempt}-${id.token}` : undefined;
  }

  #failed(path: string, error: string, done: Sized): void {
    this.#trace(path, error);
    done(-1);
  }

  #trace(path: string, error: string): void {
    this.#options.trace('warn', 'executor.log_copy_failed', { path, error });
  }
}
