/**
 * What clients say, taken apart: the NATS client protocol, from bytes to operations.
 *
 * Job: find lines and payloads in whatever pieces TCP delivers. Owns: what is unfinished of them.
 *
 * P1  A payload that arrives in one read is not copied; it is a view of that read's buffer.
 * P2  After the first error nothing more is parsed: the connection is about to be closed.
 */
import { controlLineBytesMax } from './options.ts';

/** The connection's side of the protocol. Subjects are strings, payloads are views. */
export interface Operations {
  connect(json: string): void;
  ping(): void;
  pong(): void;
  subscribe(subject: string, queue: string | undefined, sid: string): void;
  unsubscribe(sid: string, max: number | undefined): void;
  /** `headerBytes` is 0 for a message without headers; `payload` begins with them. */
  publish(subject: string, reply: string, headerBytes: number, payload: Buffer): void;
  /** The text of an `-ERR`; the connection closes. */
  violation(text: string): void;
}

interface Publication {
  readonly subject: string;
  readonly reply: string;
  readonly headerBytes: number;
  readonly totalBytes: number;
}

const newline = 10;
const lineEndBytes = 2;

export class Parser {
  readonly #operations: Operations;
  readonly #maxPayloadBytes: number;
  /** The beginning of a line whose end has not come. */
  #line: Buffer | undefined;
  /** The publication whose payload is being read, what there is of it, and how much that is. */
  #publication: Publication | undefined;
  #payload: Buffer | undefined;
  #filled = 0;
  #broken = false;

  constructor(operations: Operations, maxPayloadBytes: number) {
    this.#operations = operations;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && !this.#broken) {
      at = this.#publication === undefined ? this.#readLine(bytes, at) : this.#readBody(bytes, at);
    }
  }

  #readLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(newline, at);
    const stop = end === -1 ? bytes.length : end;
    if (stop - at + (this.#line?.length ?? 0) > controlLineBytesMax) {
      return this.#fail('Maximum Control Line Exceeded', bytes);
    }
    const part = bytes.subarray(at, stop);
    const line = this.#line === undefined ? part : Buffer.concat([this.#line, part]);
    if (end === -1) {
      this.#line = line;
      return bytes.length;
    }
    this.#line = undefined;
    this.#operate(line.toString('latin1', 0, line.length - (line.at(-1) === 13 ? 1 : 0)));
    return end + 1;
  }

  /** The payload and the line end behind it. */
  #readBody(bytes: Buffer, at: number): number {
    const publication = this.#publication;
    if (publication === undefined) return at;
    const wanted = publication.totalBytes + lineEndBytes;
    if (this.#payload === undefined && bytes.length - at >= wanted) {
      this.#publish(publication, bytes.subarray(at, at + wanted));
      return at + wanted;
    }
    this.#payload ??= Buffer.allocUnsafe(wanted);
    const copied = bytes.copy(this.#payload, this.#filled, at);
    this.#filled += copied;
    if (this.#filled === wanted) this.#publish(publication, this.#payload);
    return at + copied;
  }

  #publish(publication: Publication, body: Buffer): void {
    const { subject, reply, headerBytes, totalBytes } = publication;
    this.#publication = undefined;
    this.#payload = undefined;
    this.#filled = 0;
    if (body[totalBytes] !== 13 || body[totalBytes + 1] !== newline) {
      this.#fail('Unknown Protocol Operation', body);
      return;
    }
    this.#operations.publish(subject, reply, headerBytes, body.subarray(0, totalBytes));
  }

  #operate(line: string): void {
    const blank = line.search(/[ \t]/);
    const verb = (blank === -1 ? line : line.slice(0, blank)).toUpperCase();
    const rest = blank === -1 ? '' : line.slice(blank + 1).trim();
    const words = rest.split(/[ \t]+/);
    switch (verb) {
      case 'PUB':
      case 'HPUB':
        this.#expectPayload(words, verb === 'HPUB');
        break;
      case 'PING':
        this.#operations.ping();
        break;
      case 'PONG':
        this.#operations.pong();
        break;
      case 'SUB':
        this.#subscribe(words);
        break;
      case 'UNSUB':
        this.#unsubscribe(words);
        break;
      case 'CONNECT':
        // Lines are read as latin1, which keeps every byte; only here may they be UTF-8.
        this.#operations.connect(Buffer.from(rest, 'latin1').toString('utf8'));
        break;
      case '':
        break;
      default:
        this.#fail('Unknown Protocol Operation');
    }
  }

  /** `PUB subject [reply] bytes`, `HPUB subject [reply] header-bytes total-bytes`. */
  #expectPayload(words: readonly string[], withHeaders: boolean): void {
    const numbers = withHeaders ? 2 : 1;
    const [subject, reply] = words;
    const named = words.length - numbers;
    const totalBytes = sizeOf(words[words.length - 1]);
    const headerBytes = withHeaders ? sizeOf(words[words.length - 2]) : 0;
    const valid = named === 1 || named === 2;
    if (!valid || subject === undefined || totalBytes === undefined || headerBytes === undefined) {
      this.#fail('Unknown Protocol Operation');
    } else if (headerBytes > totalBytes) {
      this.#fail('Unknown Protocol Operation');
    } else if (totalBytes > this.#maxPayloadBytes) {
      this.#fail('Maximum Payload Violation');
    } else {
      const answerTo = named === 2 ? (reply ?? '') : '';
      this.#publication = { subject, reply: answerTo, headerBytes, totalBytes };
    }
  }

  /** `SUB subject [queue] sid`. */
  #subscribe(words: readonly string[]): void {
    const [subject, second, third] = words;
    if (subject === undefined || second === undefined || words.length > 3) {
      this.#fail('Unknown Protocol Operation');
    } else if (third === undefined) this.#operations.subscribe(subject, undefined, second);
    else this.#operations.subscribe(subject, second, third);
  }

  /** `UNSUB sid [max]`. */
  #unsubscribe(words: readonly string[]): void {
    const [sid, max] = words;
    const limit = max === undefined ? undefined : sizeOf(max);
    if (sid === undefined || sid === '' || words.length > 2) {
      this.#fail('Unknown Protocol Operation');
    } else this.#operations.unsubscribe(sid, limit === 0 ? undefined : limit);
  }

  #fail(text: string, rest?: Buffer): number {
    this.#broken = true;
    this.#operations.violation(text);
    return rest?.length ?? 0;
  }
}

function sizeOf(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}
