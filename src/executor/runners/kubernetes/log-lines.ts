/**
 * The log of a container as Kubernetes sends it with time stamps: before each line the time of the
 * line and a space. Here the stamps are taken off again; they serve to go on behind the last line
 * when a stream has broken off.
 *
 * Holds at most one stamp: a line of any length passes through as it comes.
 */

/** `2026-11-21T18:39:30.123456789+00:00` and a little more. */
const stampBytesMax = 64;
const space = 0x20;
const newline = 0x0a;

/** How far a log has come. */
export interface LogPlace {
  /** Of the newest line. */
  readonly stamp: string;
  /** Whole lines with this stamp. */
  readonly lines: number;
  /** Of the line after those, if it has begun. */
  readonly bytes: number;
}

export class LogLines {
  /** Where the stream before this one broke off; undefined for the first. */
  readonly #reached: LogPlace | undefined;
  #place: LogPlace | undefined;
  readonly #stamp = Buffer.alloc(stampBytesMax);
  #stampLength = 0;
  #isInStamp = true;
  /** Bytes of the present line that were there before. */
  #bytesToSkip = 0;

  constructor(reached?: LogPlace) {
    this.#reached = reached;
  }

  get place(): LogPlace | undefined {
    const [now, before] = [this.#place, this.#reached];
    if (now === undefined || before === undefined) return now ?? before;
    return isBehind(now, before) ? before : now;
  }

  /** The parts of a chunk that belong to the log, and are new. */
  split(chunk: Uint8Array): Uint8Array[] {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < chunk.length; ) {
      at = this.#isInStamp ? this.#takeStamp(chunk, at, parts) : this.#takeLine(chunk, at, parts);
    }
    return parts;
  }

  #takeStamp(chunk: Uint8Array, from: number, parts: Uint8Array[]): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? space;
      if (byte === space) {
        this.#beginLine(this.#stamp.toString('latin1', 0, this.#stampLength));
        return at + 1;
      }
      this.#stamp[this.#stampLength] = byte;
      this.#stampLength += 1;
      if (this.#stampLength === stampBytesMax || byte === newline) {
        // This is no stamp: a server that sends none, or a line of another kind. It is kept.
        parts.push(Buffer.from(this.#stamp.subarray(0, this.#stampLength)));
        this.#stampLength = 0;
        this.#isInStamp = byte === newline;
        return at + 1;
      }
    }
    return chunk.length;
  }

  #beginLine(stamp: string): void {
    const lines = this.#place?.stamp === stamp ? this.#place.lines : 0;
    this.#place = { stamp, lines, bytes: 0 };
    this.#bytesToSkip = this.#knownBytes(this.#place);
    this.#stampLength = 0;
    this.#isInStamp = false;
  }

  /** How much of the line that begins here was there before. */
  #knownBytes({ stamp, lines }: LogPlace): number {
    if (this.#reached === undefined) return 0;
    const order = compareStamps(stamp, this.#reached.stamp);
    if (order < 0 || (order === 0 && lines < this.#reached.lines)) return Number.POSITIVE_INFINITY;
    return order === 0 && lines === this.#reached.lines ? this.#reached.bytes : 0;
  }

  #takeLine(chunk: Uint8Array, from: number, parts: Uint8Array[]): number {
    const found = chunk.indexOf(newline, from);
    const end = found < 0 ? chunk.length : found + 1;
    const skipped = Math.min(this.#bytesToSkip, end - from);
    this.#bytesToSkip -= skipped;
    if (from + skipped < end) parts.push(chunk.subarray(from + skipped, end));
    this.#moveOn(end - from, found >= 0);
    return end;
  }

  #moveOn(bytes: number, isLineOver: boolean): void {
    this.#isInStamp = isLineOver;
    const { stamp, lines, bytes: before } = this.#place ?? { stamp: '', lines: 0, bytes: 0 };
    this.#place = isLineOver
      ? { stamp, lines: lines + 1, bytes: 0 }
      : { stamp, lines, bytes: before + bytes };
  }
}

function isBehind(left: LogPlace, right: LogPlace): boolean {
  const order = compareStamps(left.stamp, right.stamp);
  if (order !== 0) return order < 0;
  return left.lines < right.lines || (left.lines === right.lines && left.bytes < right.bytes);
}

/** All stamps of a server are of one zone, but it leaves zeros at the end of a fraction out. */
export function compareStamps(left: string, right: string): number {
  const padded = (stamp: string): string => {
    const [, whole = '', fraction = ''] = /^([^.Z+]*)\.?(\d*)/.exec(stamp) ?? [];
    return `${whole}.${fraction.padEnd(9, '0')}`;
  };
  const [one, other] = [padded(left), padded(right)];
  return one < other ? -1 : one > other ? 1 : 0;
}
