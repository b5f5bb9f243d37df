/**
 * Puts `***` in the place of secrets in a stream of bytes, wherever the stream is cut into pieces.
 *
 * It works on bytes: a log is in no encoding that we know. What could be the begin of a secret is
 * held back until it is clear, never more than the longest secret less one byte; `end` gives the
 * rest. Where two secrets begin at one place, the longer one counts; of two that overlap, the one
 * that begins first.
 *
 * One mask for each stream of an attempt that was given secrets, from the stream's begin, on its
 * way into the file: what is copied, searched and read later is masked already.
 */
import { assert } from '../base/assert.ts';

export const maskLimits = {
  secrets: 256,
  secretBytes: 64 * 1024,
} as const;

const mark = new TextEncoder().encode('***');

export class LogMask {
  /** By first byte, the longest first. */
  readonly #byFirst = new Map<number, readonly Uint8Array[]>();
  #held: Uint8Array = new Uint8Array();

  /** Empty secrets hide nothing. */
  constructor(secrets: readonly Uint8Array[]) {
    assert(secrets.length <= maskLimits.secrets, 'a task is given at most `secrets` secrets');
    for (const secret of secrets.toSorted((a, b) => b.length - a.length)) {
      const [first] = secret;
      if (first === undefined) continue;
      assert(secret.length <= maskLimits.secretBytes, 'a secret has at most `secretBytes` bytes');
      this.#byFirst.set(first, [...(this.#byFirst.get(first) ?? []), secret]);
    }
  }

  /** Bytes that are held back. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** What may be shown after this piece. */
  push(piece: Uint8Array): Uint8Array {
    return this.#pass(joined([this.#held, piece]), false);
  }

  /** What was held back: nothing more comes. */
  end(): Uint8Array {
    return this.#pass(this.#held, true);
  }

  #pass(bytes: Uint8Array, isLast: boolean): Uint8Array {
    const shown: Uint8Array[] = [];
    let from = 0;
    let at = 0;
    while (at < bytes.length) {
      const found = this.#match(bytes, at, isLast);
      if (found === 'unclear') break;
      if (found === 0) at += 1;
      else {
        shown.push(bytes.subarray(from, at), mark);
        at += found;
        from = at;
      }
    }
    shown.push(bytes.subarray(from, at));
    this.#held = bytes.slice(at);
    return joined(shown);
  }

  /** The length of the secret that begins here, or 0; unclear as long as a longer one may come. */
  #match(bytes: Uint8Array, at: number, isLast: boolean): number | 'unclear' {
    const candidates = this.#byFirst.get(bytes[at] ?? -1);
    if (candidates === undefined) return 0;
    for (const secret of candidates) {
      const length = Math.min(secret.length, bytes.length - at);
      if (length < secret.length && isLast) continue;
      if (isSame(bytes, at, secret, length)) return length < secret.length ? 'unclear' : length;
    }
    return 0;
  }
}

function isSame(bytes: Uint8Array, at: number, secret: Uint8Array, length: number): boolean {
  for (let index = 1; index < length; index++) {
    if (bytes[at + index] !== secret[index]) return false;
  }
  return true;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
