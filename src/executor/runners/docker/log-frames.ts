/**
 * What a container writes, from the stream of its engine into two files. The stream is made of
 * frames: eight bytes (which of the two, three zeros, the length, most significant byte first), and
 * so many bytes of output.
 *
 * Invariants:
 *   F1  Nothing more is read before what was read is written: the container waits, not the memory.
 *   F2  Every byte of output comes into its file, in order; a frame that is cut off counts so far.
 */
import { LogFile } from '../log-file.ts';

export interface LogFiles {
  readonly stdout: string;
  readonly stderr: string;
}

const headBytes = 8;
/** The second stream; the engine numbers them as descriptors. */
const stderrNumber = 2;

/**
 * Resolves at the end of the stream; rejects where it breaks, or where a file cannot be written.
 */
export async function writeFrames(
  stream: AsyncIterable<unknown>,
  files: LogFiles,
  secrets: readonly string[] = [],
): Promise<void> {
  const stdout = await LogFile.open(files.stdout, secrets);
  try {
    const stderr = await LogFile.open(files.stderr, secrets);
    try {
      const frames = new Frames();
      for await (const chunk of stream) {
        if (!(chunk instanceof Uint8Array)) continue;
        const parts = frames.split(chunk);
        await stdout.write(parts.stdout);
        await stderr.write(parts.stderr);
      }
    } finally {
      await stderr.close();
    }
  } finally {
    await stdout.close();
  }
}

interface Parts {
  readonly stdout: Uint8Array[];
  readonly stderr: Uint8Array[];
}

/** Takes frames apart, wherever they are cut. Holds at most a head that is not whole. */
export class Frames {
  readonly #head = new Uint8Array(headBytes);
  #headLength = 0;
  /** Of the present frame. */
  #bytesLeft = 0;
  #isStderr = false;

  split(chunk: Uint8Array): Parts {
    const parts: Parts = { stdout: [], stderr: [] };
    for (let at = 0; at < chunk.length; ) {
      at += this.#bytesLeft === 0 ? this.#takeHead(chunk, at) : this.#takeBody(chunk, at, parts);
    }
    return parts;
  }

  #takeHead(chunk: Uint8Array, at: number): number {
    const taken = chunk.subarray(at, at + headBytes - this.#headLength);
    this.#head.set(taken, this.#headLength);
    this.#headLength += taken.length;
    if (this.#headLength === headBytes) {
      this.#headLength = 0;
      this.#isStderr = this.#head[0] === stderrNumber;
      this.#bytesLeft = new DataView(this.#head.buffer).getUint32(4);
    }
    return taken.length;
  }

  #takeBody(chunk: Uint8Array, at: number, parts: Parts): number {
    const taken = chunk.subarray(at, at + this.#bytesLeft);
    (this.#isStderr ? parts.stderr : parts.stdout).push(taken);
    this.#bytesLeft -= taken.length;
    return taken.length;
  }
}
