/** The last events in words for people, and a rolling hash of all of them for machines. */
import { crc32 } from 'node:zlib';

const tailMax = 200;

export class Tail {
  #lines: string[] = [];
  #hash = 0;
  #folded = 0;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** One event: who, and what. A minor one is not shown to people. */
  add(who: string, what: string, isMinor = false): void {
    const now = this.#nowMs();
    this.#fold(`${now} ${who} ${what}`);
    if (isMinor) return;
    this.#lines.push(`${(now / 1000).toFixed(4).padStart(10)}  ${who.padEnd(12)} ${what}`);
    if (this.#lines.length >= 2 * tailMax) this.#lines = this.#lines.slice(-tailMax);
  }

  /** A message left. */
  addBytes(who: string, what: string, bytes: Uint8Array): void {
    this.#fold(`${this.#nowMs()} ${who} ${what}`);
    this.#fold(bytes);
  }

  lines(): readonly string[] {
    return this.#lines.slice(-tailMax);
  }

  get hash(): string {
    const hex = (value: number): string => value.toString(16).padStart(8, '0');
    return hex(this.#hash) + hex(this.#folded);
  }

  #fold(part: string | Uint8Array): void {
    this.#hash = crc32(part, this.#hash);
    this.#folded = (Math.imul(this.#folded, 0x01000193) ^ this.#hash) >>> 0;
  }
}
