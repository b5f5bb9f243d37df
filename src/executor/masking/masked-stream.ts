/**
 * One stream of a task: from its pipe through the mask into its file.
 *
 * It owns the pipe's two ends and the file. It holds a writing end of its own, so that the stream
 * does not end while no task has opened the pipe yet; `finish` gives that up, and what was written
 * until then is read to the end.
 */
import { constants, open as openFile } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { LogMask } from '../log-mask.ts';
import type { MaskedFile } from './messages.ts';

/**
 * Somebody holds the pipe open who should be gone: the stream ends without them, when they are
 * silent for so long, or write more than can have been in the pipe. A slow disk is waited for.
 */
const silentMsMax = 5_000;
const leftBytesMax = 4 * 1024 * 1024;
const lookEveryMs = 200;

/** As a bare descriptor: a socket takes it over, and closes it. */
const descriptorOf = promisify(openFile);

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

export class MaskedStream {
  readonly #files: MaskedFile;
  readonly #writer: FileHandle;
  readonly #socket: Socket;
  readonly #progress: Progress = { bytes: 0, waitsSinceMs: undefined };
  readonly #copied: Promise<unknown>;

  /** The pipe is there. Rejects when one of the files cannot be opened. */
  static async open(files: MaskedFile, secrets: readonly Uint8Array[]): Promise<MaskedStream> {
    const target = await open(files.file, 'a');
    const fd = await descriptorOf(files.pipe, O_RDONLY | O_NONBLOCK).catch(async (error) => {
      await target.close();
      throw error;
    });
    const socket = new Socket({ fd, readable: true, writable: false });
    const writer = await open(files.pipe, O_WRONLY | O_NONBLOCK).catch(async (error) => {
      socket.destroy();
      await target.close();
      throw error;
    });
    return new MaskedStream({ files, writer, socket }, target, new LogMask(secrets));
  }

  private constructor(
    parts: {
      readonly files: MaskedFile;
      readonly writer: FileHandle;
      readonly socket: Socket;
    },
    target: FileHandle,
    mask: LogMask,
  ) {
    this.#files = parts.files;
    this.#writer = parts.writer;
    this.#socket = parts.socket;
    this.#copied = copy(parts.socket, target, mask, this.#progress);
  }

  /** Rejects where something could not be written or read; everything is closed all the same. */
  async finish(patienceMs = silentMsMax): Promise<void> {
    await this.#writer.close();
    const look = this.#endWithoutOthers(patienceMs);
    const problem = await this.#copied;
    clearInterval(look);
    await unlink(this.#files.pipe).catch(() => {});
    if (problem !== undefined) throw problem;
  }

  #endWithoutOthers(patienceMs: number): NodeJS.Timeout {
    const sinceMs = performance.now();
    const { bytes: bytesBefore } = this.#progress;
    return setInterval(() => {
      const { bytes, waitsSinceMs } = this.#progress;
      const silentMs =
        waitsSinceMs === undefined ? 0 : performance.now() - Math.max(sinceMs, waitsSinceMs);
      if (silentMs < patienceMs && bytes - bytesBefore < leftBytesMax) return;
      this.#socket.destroy(new Error('somebody held the log open after the end'));
    }, lookEveryMs);
  }
}

interface Progress {
  /** Taken out of the pipe. */
  bytes: number;
  /** Undefined: the file is being written. */
  waitsSinceMs: number | undefined;
}

/**
 * Never rejects: gives the first error of the file. A disk that is full loses lines, and not the
 * task that writes them, which a pipe without a reader would end.
 */
async function copy(
  socket: Socket,
  target: FileHandle,
  mask: LogMask,
  progress: Progress,
): Promise<unknown> {
  let problem: unknown;
  const noted = (error: unknown): void => {
    problem ??= error;
  };
  try {
    progress.waitsSinceMs = performance.now();
    for await (const piece of socket) {
      progress.bytes += piece.length;
      progress.waitsSinceMs = undefined;
      await target.appendFile(mask.push(piece)).catch(noted);
      progress.waitsSinceMs = performance.now();
    }
  } catch (error) {
    // What came until then is kept.
    noted(error);
  }
  await target.appendFile(mask.end()).catch(noted);
  await target.close().catch(noted);
  return problem;
}
