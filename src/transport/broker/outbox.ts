/**
 * What a client is about to be sent.
 *
 * Job: gather many small messages into few writes. Owns: the block being filled. Does not: decide
 * when to write; the broker flushes everybody whom one read concerned, when that read is parsed, so
 * that gathering costs no message any time.
 *
 * O1  A block is never touched again once it is handed to the socket.
 */
import type { Socket } from 'node:net';

const blockBytes = 64 * 1024;
/** Larger payloads go to the socket as they are, because copying them costs more than a write. */
const copyBytesMax = 8 * 1024;
const lineEnd = Buffer.from('\r\n');

export class Outbox {
  readonly #socket: Socket;
  #block = Buffer.allocUnsafe(0);
  #from = 0;
  #to = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that the client has not taken yet. */
  get pendingBytes(): number {
    return this.#socket.writableLength + this.#to - this.#from;
  }

  line(text: string): void {
    this.#reserve(text.length);
    this.#to += this.#block.write(text, this.#to, 'latin1');
  }

  message(line: string, payload: Buffer): void {
    this.line(line);
    if (payload.length > copyBytesMax) {
      this.flush();
      this.#socket.write(payload);
      this.#copy(lineEnd);
      return;
    }
    this.#reserve(payload.length + lineEnd.length);
    this.#copy(payload);
    this.#copy(lineEnd);
  }

  flush(): void {
    if (this.#to === this.#from) return;
    this.#socket.write(this.#block.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #copy(bytes: Buffer): void {
    this.#reserve(bytes.length);
    this.#to += bytes.copy(this.#block, this.#to);
  }

  #reserve(bytes: number): void {
    if (this.#block.length - this.#to >= bytes) return;
    this.flush();
    this.#block = Buffer.allocUnsafeSlow(Math.max(blockBytes, bytes));
    this.#from = 0;
    this.#to = 0;
  }
}
