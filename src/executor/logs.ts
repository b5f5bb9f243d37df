/**
 * Serves pieces of task logs to the peers of the cluster, from the directories of this node: also
 * of attempts that an earlier executor of this node ran, and copies of what ran elsewhere.
 *
 * It owns the requests that wait for more to be written. It does not own the files, nor who is
 * alive.
 *
 * Invariants:
 *   G1  Every request gets exactly one answer, within `waitMs` and the time of a read.
 *   G2  `end` is true only if the attempt was over before the file was read: nothing follows. Of a
 *       copy, only if it has all that was written.
 *   G3  Bytes that were left out are never answered as zeros.
 */

import type { Wire } from '../actors/wire.ts';
import type { NodeId } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { leftOutMark } from '../model/log-marks.ts';
import {
  inboxes,
  type LeftOut,
  type LogAnswer,
  type LogRequest,
  type LogSearch,
} from '../model/protocol.ts';
import type { Files } from './files.ts';
import { completeName } from './logs/copies.ts';
import { isA } from './logs/is-a.ts';
import { readStream, type StreamPart } from './logs/stream-file.ts';
import { findAttempt, type InstanceId, instanceDirectory, workspaceIn } from './workspace.ts';

export const logLimits = {
  /** Bytes in one answer. */
  chunkBytes: 256 * 1024,
  /** Requests in work at a time. One more is answered at once with "nothing yet". */
  requests: 256,
  waitMs: 30_000,
  /** How often a growing file is looked at. */
  pollMs: 200,
} as const;

export interface LogServerOptions {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly files: Files;
  readonly dataDir: string;
  readonly trace: Trace;
  /** Kept of a stream; said where something was left out. */
  readonly limitBytes: number;
  /** Takes a search of logs; absent: nobody answers it. */
  readonly search?: (search: LogSearch, from: NodeId) => void;
  /** Whether something of the attempt may still write. */
  readonly isLive: (id: InstanceId, attempt: number) => boolean;
}

/** What there is to read from: the attempt's own directory, or a copy of it. */
interface Found {
  readonly directory: string;
  readonly live: boolean;
  /** Absent for the original. */
  readonly copy?: { readonly isWhole: boolean };
}

interface Waiting {
  readonly request: LogRequest;
  readonly from: NodeId;
  readonly deadlineMs: number;
}

const nothing = new Uint8Array();

export class LogServer {
  readonly #options: LogServerOptions;
  readonly #inbox: Cancellable;
  #open = 0;
  #stopped = false;

  constructor(options: LogServerOptions) {
    this.#options = options;
    this.#inbox = options.wire.listen(inboxes.logs, (message, from) => {
      if (isA<LogRequest>('log-request', message)) this.#take(message, from.node);
      else if (isA<LogSearch>('log-search', message)) options.search?.(message, from.node);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#inbox.cancel();
  }

  #take(request: LogRequest, from: NodeId): void {
    const waitMs = Math.max(0, Math.min(request.waitMs, logLimits.waitMs));
    const deadlineMs = this.#options.clock.monotonicMs() + waitMs;
    const waiting = { request, from, deadlineMs };
    this.#open += 1;
    if (this.#open > logLimits.requests) this.#answer(waiting, { status: 'data' });
    else this.#look(waiting);
  }

  /** Finds the attempt's directory and reads; asks who is alive first (G2). */
  #look(waiting: Waiting): void {
    const { files, dataDir, isLive } = this.#options;
    const { id, attempt } = waiting.request;
    const live = isLive(id, attempt);
    const parent = instanceDirectory(dataDir, id);
    if (!parent.ok) {
      this.#answer(waiting, { status: 'none' });
      return;
    }
    files.list(parent.value, (names) => {
      if (!names.ok) return this.#fail(waiting, names.error);
      const name = findAttempt(names.value, attempt);
      if (name !== undefined) this.#read(waiting, { directory: `${parent.value}/${name}`, live });
      else if (live) this.#lookAgain(waiting);
      else this.#lookForCopy(waiting);
    });
  }

  #lookForCopy(waiting: Waiting): void {
    const { files, dataDir } = this.#options;
    const { id, attempt, copies } = waiting.request;
    const parent = instanceDirectory(dataDir, id, 'log-copies');
    if (copies !== true || !parent.ok) {
      this.#answer(waiting, { status: 'none' });
      return;
    }
    files.list(parent.value, (names) => {
      if (!names.ok) return this.#fail(waiting, names.error);
      const name = findAttempt(names.value, attempt);
      if (name === undefined) return this.#answer(waiting, { status: 'none' });
      const directory = `${parent.value}/${name}`;
      files.stat(`${directory}/${completeName}`, (mark) => {
        const isWhole = mark.ok && mark.value !== undefined;
        this.#read(waiting, { directory, live: !isWhole, copy: { isWhole } });
      });
    });
  }

  #read(waiting: Waiting, found: Found): void {
    const { stream, maxBytes } = waiting.request;
    const bytesMax = Math.max(1, Math.min(maxBytes, logLimits.chunkBytes));
    const path = workspaceIn(found.directory)[stream];
    const range = { offset: Math.max(0, waiting.request.offset), bytesMax };
    readStream(this.#options.files, path, range, (result) => {
      if (!result.ok) return this.#fail(waiting, result.error);
      const none = { bytes: nothing, sizeBytes: 0, gap: undefined };
      this.#deliver(waiting, result.value ?? none, found);
    });
  }

  #deliver(waiting: Waiting, part: StreamPart, { live, copy }: Found): void {
    const { bytes, sizeBytes, gap } = part;
    const { offset } = waiting.request;
    const about = copy && { copy: { ...copy, sizeBytes } };
    if (gap !== undefined) {
      const { limitBytes } = this.#options;
      this.#answer(waiting, {
        ...{ status: 'data', ...about },
        ...inPlaceOf({ bytes: gap.to - offset, limitBytes }, waiting.request),
      });
      return;
    }
    const end = !live && offset + bytes.length >= sizeBytes;
    if (bytes.length > 0 || end) this.#answer(waiting, { status: 'data', bytes, end, ...about });
    else this.#lookAgain(waiting, about);
  }

  #lookAgain(waiting: Waiting, about: Pick<LogAnswer, 'copy'> = {}): void {
    const { clock } = this.#options;
    const leftMs = waiting.deadlineMs - clock.monotonicMs();
    if (leftMs <= 0 || this.#stopped) {
      this.#answer(waiting, { status: 'data', ...about });
      return;
    }
    clock.after(Math.min(leftMs, logLimits.pollMs), () => this.#look(waiting));
  }

  #fail(waiting: Waiting, error: string): void {
    this.#options.trace('warn', 'executor.log_unreadable', { error });
    this.#answer(waiting, { status: 'none' });
  }

  #answer(waiting: Waiting, answer: Pick<LogAnswer, 'status'> & Partial<LogAnswer>): void {
    this.#open -= 1;
    if (this.#stopped) return;
    this.#options.wire.send(waiting.from, inboxes.logs, 'bulk', {
      kind: 'log-answer',
      requestId: waiting.request.requestId,
      bytes: nothing,
      end: false,
      ...answer,
    } satisfies LogAnswer);
  }
}

/** An asker of an older version would take zeros for what was written: its stream ends here. */
function inPlaceOf(leftOut: LeftOut, request: LogRequest): Partial<LogAnswer> {
  if (request.gaps === true) return { leftOut };
  return { bytes: new TextEncoder().encode(leftOutMark(leftOut)), end: true };
}
