/**
 * Serves pieces of task logs to the peers of the cluster, from the directories of this node: also
 * of attempts that an earlier executor of this node ran.
 *
 * It owns the requests that wait for more to be written. It does not own the files, nor who is
 * alive.
 *
 * Invariants:
 *   G1  Every request gets exactly one answer, within `waitMs` and the time of a read.
 *   G2  `end` is true only if the attempt was over before the file was read: nothing follows.
 */

import type { Wire } from '../actors/wire.ts';
import type { NodeId } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { inboxes, type LogAnswer, type LogRequest } from '../model/protocol.ts';
import type { FilePart, Files } from './files.ts';
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
  /** Whether something of the attempt may still write. */
  readonly isLive: (id: InstanceId, attempt: number) => boolean;
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
      if (isLogRequest(message)) this.#take(message, from.node);
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
      if (name !== undefined) this.#read(waiting, `${parent.value}/${name}`, live);
      else if (live) this.#lookAgain(waiting);
      else this.#answer(waiting, { status: 'none' });
    });
  }

  #read(waiting: Waiting, directory: string, live: boolean): void {
    const { stream, offset, maxBytes } = waiting.request;
    const bytesMax = Math.max(1, Math.min(maxBytes, logLimits.chunkBytes));
    const path = workspaceIn(directory)[stream];
    this.#options.files.readPart(path, { offset: Math.max(0, offset), bytesMax }, (result) => {
      if (!result.ok) return this.#fail(waiting, result.error);
      this.#deliver(waiting, result.value ?? { bytes: nothing, sizeBytes: 0 }, live);
    });
  }

  #deliver(waiting: Waiting, part: FilePart, live: boolean): void {
    const { bytes } = part;
    const end = !live && waiting.request.offset + bytes.length >= part.sizeBytes;
    if (bytes.length > 0 || end) this.#answer(waiting, { status: 'data', bytes, end });
    else this.#lookAgain(waiting);
  }

  #lookAgain(waiting: Waiting): void {
    const { clock } = this.#options;
    const leftMs = waiting.deadlineMs - clock.monotonicMs();
    if (leftMs <= 0 || this.#stopped) {
      this.#answer(waiting, { status: 'data' });
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

/** The envelope proves who sent it; both sides of a node share the inbox, so its kind is asked. */
const isLogRequest = (message: unknown): message is LogRequest =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  message.kind === 'log-request';
