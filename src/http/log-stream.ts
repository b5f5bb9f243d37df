/**
 * The log of an attempt as a stream of bytes, piece by piece from whichever node has it: as far as
 * it goes now, or with `follow` until the attempt has ended. Where bytes are missing, a mark says
 * so in their place.
 */
import type { LogChunk, NodeService } from '../api/service.ts';
import type { NodeId } from '../base/brand.ts';
import { cutShortMark, leftOutMark } from '../model/log-marks.ts';
import { cutWhenStalled } from './cut-when-stalled.ts';
import type { HttpLimits } from './limits.ts';
import type { Streams } from './streams.ts';

/** How long one request to the executor may wait for more, in milliseconds. */
const waitMs = 5_000;
/** The same for a copy: it grows no more when its node is gone, and that may be back meanwhile. */
const copyWaitMs = 1_000;
/** A pause between two looks for a log that is not there yet, in milliseconds. */
const absentPauseMs = 250;

export interface LogStreamOptions {
  readonly service: NodeService;
  readonly request: Omit<Parameters<NodeService['readLog']>[0], 'offset' | 'waitMs' | 'copyOn'>;
  readonly offset: number;
  /** What the first look has found; null while the attempt has written nothing yet. */
  readonly first: LogChunk | null;
}

/** What there is now. */
export function logSoFar(options: LogStreamOptions): ReadableStream<Uint8Array> {
  return logBody({ ...options, follow: false, isOpen: () => true, whenDone: () => {} });
}

/** What there is and what will come; undefined when the node serves as many streams as it may. */
export function followedLog(
  options: LogStreamOptions,
  streams: Streams,
  limits: HttpLimits,
): ReadableStream<Uint8Array> | undefined {
  let open = true;
  const place = streams.enter(() => {
    open = false;
  });
  if (place === undefined) return undefined;
  const body = logBody({
    ...options,
    follow: true,
    isOpen: () => open,
    whenDone: () => {
      open = false;
      place.leave();
    },
  });
  return cutWhenStalled(body, limits.stalledMs);
}

interface LogBody extends LogStreamOptions {
  readonly follow: boolean;
  readonly isOpen: () => boolean;
  readonly whenDone: () => void;
}

function logBody(log: LogBody): ReadableStream<Uint8Array> {
  let offset = log.offset;
  let copyOn: NodeId | undefined;
  let next: LogChunk | null | undefined = log.first;
  return new ReadableStream<Uint8Array>({
    // One pull gives at least one byte, or closes: a pull without either is not repeated.
    pull: async (controller) => {
      while (log.isOpen()) {
        const chunk = next === undefined ? await lookOrLeave(log, offset, copyOn) : next;
        next = undefined;
        if (!log.isOpen()) break;
        if (chunk === null && !log.follow) break;
        if (chunk !== null) {
          offset += chunk.bytes.byteLength + (chunk.leftOut?.bytes ?? 0);
          copyOn = chunk.copy?.on;
          const pieces = shown(chunk);
          for (const piece of pieces) controller.enqueue(piece);
          if (pieces.length > 0 && !chunk.end) return;
        }
        if (chunk !== null && (chunk.end || !log.follow)) break;
        if (chunk === null) await new Promise((resolve) => setTimeout(resolve, absentPauseMs));
      }
      log.whenDone();
      controller.close();
    },
    cancel: () => log.whenDone(),
  });
}

/** A stream that breaks is not cancelled by anybody: it gives up its place by itself. */
async function lookOrLeave(...asked: Parameters<typeof look>): ReturnType<typeof look> {
  try {
    return await look(...asked);
  } catch (error) {
    asked[0].whenDone();
    throw error;
  }
}

function look(log: LogBody, offset: number, on: NodeId | undefined): Promise<LogChunk | null> {
  const patienceMs = on === undefined ? waitMs : copyWaitMs;
  return log.service.readLog({
    ...{ ...log.request, offset, waitMs: log.follow ? patienceMs : 0 },
    ...(on === undefined ? {} : { copyOn: on }),
  });
}

/** What a reader sees of a piece. */
function shown({ bytes, end, leftOut, copy }: LogChunk): readonly Uint8Array[] {
  const pieces = [
    leftOut === undefined ? '' : leftOutMark(leftOut),
    bytes,
    end && copy?.isWhole === false ? cutShortMark(copy.of, copy.on) : '',
  ];
  return pieces
    .map((piece) => (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece))
    .filter(({ length }) => length > 0);
}
