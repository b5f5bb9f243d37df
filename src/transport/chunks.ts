/**
 * Messages that are larger than the server allows travel in pieces.
 *
 * Job: cut a message, and put pieces together again. Owns: the messages that are not complete yet.
 * Does not: authenticate or order pieces; each has a MAC and a sequence of its own, so what comes
 * here is authentic and in the order in which it was sent, perhaps with gaps.
 *
 * C1  Per sender and lane at most one message is being assembled: its pieces are sent in one go,
 *     so anything else from there means that the rest will never come.
 * C2  A gap ends the message. It is dropped and counted, never delivered in part, and never put
 *     together with the pieces of another: two messages may be of one length, and the end of the
 *     one and the begin of the other be lost.
 * C3  What is being assembled is bounded in bytes, per message and in sum, and in time.
 */
import { assert } from '../base/assert.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { Piece } from './envelope.ts';

/** The largest message; whoever has more to say says it in several messages. */
export const messageBytesMax = 32 * 2 ** 20;
/** All that is being assembled in one process. */
export const assemblingBytesMax = 128 * 2 ** 20;
/** A message that is not complete by then is lost. */
export const assemblyMs = 10_000;

/** Views of `body`, none longer than `pieceBytes`. An empty body is one empty piece. */
export function cut(body: Uint8Array, pieceBytes: number): readonly Uint8Array[] {
  assert(pieceBytes > 0, 'a piece has room for a byte: the header must not fill the payload');
  assert(body.length <= messageBytesMax, 'C3: a message has at most messageBytesMax bytes');
  if (body.length <= pieceBytes) return [body];
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += pieceBytes) {
    pieces.push(body.subarray(at, at + pieceBytes));
  }
  return pieces;
}

interface Assembly {
  readonly message: string;
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly timer: Cancellable;
  next: number;
  filled: number;
}

export class Assembler {
  readonly #clock: Clock;
  /** Called once for every message that was begun and will never be complete. */
  readonly #incomplete: () => void;
  readonly #assemblies = new Map<string, Assembly>();
  #assemblingBytes = 0;

  constructor(clock: Clock, incomplete: () => void) {
    this.#clock = clock;
    this.#incomplete = incomplete;
  }

  get assemblingBytes(): number {
    return this.#assemblingBytes;
  }

  /**
   * `source` is a sender on one lane, `message` what all pieces of one message share and no other
   * has. Returns the whole message when this piece ends it.
   */
  accept(
    { source, message }: { readonly source: string; readonly message: string },
    piece: Piece,
    body: Uint8Array,
  ): Uint8Array | undefined {
    if (piece.index === 0) this.#drop(source);
    if (piece.count === 1) return body.length === piece.totalBytes ? body : this.#lose(source);
    const known = this.#assemblies.get(source);
    const assembly = piece.index === 0 ? this.#begin(source, message, piece) : known;
    if (assembly === undefined) return undefined; // Its beginning was lost, and counted if heard.
    const fits =
      message === assembly.message &&
      piece.index === assembly.next &&
      piece.count === assembly.count &&
      piece.totalBytes === assembly.bytes.length &&
      assembly.filled + body.length <= assembly.bytes.length;
    if (!fits) return this.#lose(source);
    assembly.bytes.set(body, assembly.filled);
    assembly.filled += body.length;
    assembly.next++;
    if (assembly.next < assembly.count) return undefined;
    if (assembly.filled !== assembly.bytes.length) return this.#lose(source);
    this.#end(source, assembly);
    return assembly.bytes;
  }

  /** Forgets everything and stops its timers. */
  clear(): void {
    for (const [source, assembly] of this.#assemblies) this.#end(source, assembly);
  }

  #begin(source: string, message: string, piece: Piece): Assembly | undefined {
    const { totalBytes, count } = piece;
    const room = assemblingBytesMax - this.#assemblingBytes;
    if (totalBytes > Math.min(messageBytesMax, room) || count > totalBytes) {
      this.#incomplete();
      return undefined;
    }
    const timer = this.#clock.after(assemblyMs, () => this.#drop(source));
    const bytes = new Uint8Array(totalBytes);
    const assembly = { message, bytes, count, timer, next: 0, filled: 0 };
    this.#assemblies.set(source, assembly);
    this.#assemblingBytes += totalBytes;
    return assembly;
  }

  #lose(source: string): undefined {
    if (this.#assemblies.has(source)) this.#drop(source);
    else this.#incomplete();
    return undefined;
  }

  #drop(source: string): void {
    const assembly = this.#assemblies.get(source);
    if (assembly === undefined) return;
    this.#end(source, assembly);
    this.#incomplete();
  }

  #end(source: string, assembly: Assembly): void {
    assembly.timer.cancel();
    this.#assemblies.delete(source);
    this.#assemblingBytes -= assembly.bytes.length;
  }
}
