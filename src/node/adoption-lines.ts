/**
 * Messages on a socket: JSON, one to a line. Who sends a line that is too long, or is none of ours,
 * is not spoken to any more.
 */
import type { Socket } from 'node:net';

/** Far more than any message of the link needs, and than may wait for somebody to listen. */
export const lineBytesMax = 1024 * 1024;
const waitingMax = 1_000;

export const lineOf = (message: object): string => `${JSON.stringify(message)}\n`;

/**
 * What comes on a socket, message by message. Until somebody listens, and between two listeners,
 * what has come waits.
 */
export class Lines {
  readonly #socket: Socket;
  #rest = Buffer.alloc(0);
  #waiting: unknown[] = [];
  #listener: ((message: unknown) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#read(bytes));
    // An error is followed by the end, and that is what everybody hears.
    socket.on('error', () => {});
  }

  listen(listener: (message: unknown) => void): void {
    this.#listener = listener;
    this.#deliver();
  }

  /**
   * The next message alone; undefined when the socket ends, or is silent for so long, before it.
   */
  next(withinMs: number): Promise<unknown> {
    return new Promise((resolve) => {
      const settle = (message: unknown): void => {
        clearTimeout(patience);
        this.#socket.off('close', ended);
        this.#listener = undefined;
        resolve(message);
      };
      const ended = (): void => settle(undefined);
      const patience = setTimeout(ended, withinMs);
      this.#socket.once('close', ended);
      this.listen(settle);
    });
  }

  #read(bytes: Uint8Array): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (let end = this.#rest.indexOf(10); end >= 0; end = this.#rest.indexOf(10)) {
      const message = parsed(this.#rest.subarray(0, end).toString('utf8'));
      this.#rest = this.#rest.subarray(end + 1);
      if (message === undefined) return void this.#socket.destroy();
      this.#waiting.push(message);
    }
    const isTooMuch = this.#rest.length > lineBytesMax || this.#waiting.length > waitingMax;
    if (isTooMuch) this.#socket.destroy();
    else this.#deliver();
  }

  #deliver(): void {
    while (this.#listener !== undefined && this.#waiting.length > 0) {
      this.#listener(this.#waiting.shift());
    }
  }
}

/** Undefined where it is no JSON, or says nothing. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line) ?? undefined;
  } catch {
    return undefined;
  }
}
