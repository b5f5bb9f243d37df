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

/** Somebody holds the pipe open who should be gone: the stream ends without them. */
const finishMsMax = 5_000;

/** As a bare descriptor: a socket takes it over, and closes it. */
const descriptorOf = promisify(openFile);

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

export class MaskedStream {
  readonly #files: MaskedFile;
  readonly #writer: FileHandle;
  readonly #socket: Socket;
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
    this.#copied = copy(parts.socket, target, mask);
  }

  /** Rejects where something could not be written; everything is closed all the same. */
  async finish(): Promise<void> {
    await this.#writer.close();
    const patience = setTimeout(() => this.#socket.destroy(), finishMsMax);
    const problem = await this.#copied;
    clearTimeout(patience);
    await unlink(this.#files.pipe).catch(() => {});
    if (problem !== undefined) throw problem;
  }
}

/**
 * Never rejects: gives the first error of the file. A disk that is full loses lines, and not the
 * task that writes them, which a pipe without a reader would end.
 */
async function copy(socket: Socket, target: FileHandle, mask: LogMask): Promise<unknown> {
  let problem: unknown;
  const noted = (error: unknown): void => {
    problem ??= error;
  };
  try {
    for await (const piece of socket) await target.appendFile(mask.push(piece)).catch(noted);
  } catch {
    // Destroyed, or broken: what came until then is kept.
  }
  await target.appendFile(mask.end()).catch(noted);
  await target.close().catch(noted);
  return problem;
}
