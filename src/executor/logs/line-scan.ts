/**
 * Finds lines in a stream of bytes that comes in pieces. Memory is bounded by the longest line that
 * is looked at as one, the lines around it, and what was found.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { linearRegex } from '../../model/linear-regex.ts';
import type { LogMatch, LogQuery } from '../../model/protocol.ts';

export const scanLimits = {
  /** A longer line is looked at in pieces of so much; what lies across their border is missed. */
  lineBytes: 64 * 1024,
  /** Shown of a line. */
  textCharacters: 1_000,
  context: 10,
} as const;

export type FoundLine = Pick<LogMatch, 'line' | 'offset' | 'text' | 'before' | 'after'>;

interface Found extends FoundLine {
  readonly after: string[];
}

/** Whether a line is one that is looked for. */
type Test = (line: Buffer) => boolean;

export interface LineTest {
  readonly line: Test;
  /** Whether a piece may have such a line: much faster, for most pieces have none. */
  readonly piece: Test;
}

/** The error is a sentence about the pattern. */
export function lineTest({ text, isPattern, ignoreCase }: LogQuery): Result<LineTest, string> {
  if (!isPattern && !ignoreCase) {
    const wanted = Buffer.from(text);
    const test: Test = (bytes) => bytes.includes(wanted);
    return ok({ line: test, piece: test });
  }
  const pattern = isPattern ? text : text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  const regex = linearRegex(ignoreCase ? `(?i)${pattern}` : pattern);
  if (!regex.ok) return fail(regex.error);
  const { finds } = regex.value;
  return ok({ line: (bytes) => finds(bytes.toString()), piece: () => true });
}

const newline = 10;

export class LineScan {
  readonly #test: LineTest;
  readonly #context: number;
  readonly #limit: number;
  readonly #found: Found[] = [];
  /** What was found and waits for lines behind it. */
  #open: Found[] = [];
  #before: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #offset = 0;
  #line: number | null = 1;

  constructor(options: {
    readonly test: LineTest;
    readonly context: number;
    readonly limit: number;
  }) {
    this.#test = options.test;
    this.#context = Math.min(options.context, scanLimits.context);
    this.#limit = options.limit;
  }

  get found(): readonly FoundLine[] {
    return this.#found;
  }

  get isFull(): boolean {
    return this.#found.length >= this.#limit;
  }

  /** The next piece of the stream. */
  push(piece: Buffer): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const mayBe = this.#test.piece(bytes);
    let from = 0;
    for (;;) {
      const at = bytes.indexOf(newline, from);
      const isWhole = at >= 0;
      const to = isWhole ? at : bytes.length;
      if (!isWhole && to - from < scanLimits.lineBytes) break;
      const end = Math.min(to, from + scanLimits.lineBytes);
      this.#take(bytes.subarray(from, end), mayBe);
      const passed = isWhole && end === to ? end + 1 : end;
      if (passed > end && this.#line !== null) this.#line += 1;
      this.#offset += passed - from;
      from = passed;
    }
    this.#rest = Buffer.from(bytes.subarray(from));
  }

  /** Bytes are left out: what comes next begins there, within a line of unknown number. */
  skipTo(offset: number): void {
    this.end();
    this.#before = [];
    this.#open = [];
    this.#offset = offset;
    this.#line = null;
  }

  /** The last line may have no end. */
  end(): void {
    if (this.#rest.length > 0) this.#take(this.#rest, true);
    this.#rest = Buffer.alloc(0);
  }

  #take(line: Buffer, mayBe: boolean): void {
    if (this.#open.length > 0) {
      for (const each of this.#open) each.after.push(shown(line));
      this.#open = this.#open.filter(({ after }) => after.length < this.#context);
    }
    if (mayBe && !this.isFull && this.#test.line(line)) {
      const before = this.#before.map(shown);
      const place = { line: this.#line, offset: this.#offset };
      const found = { ...place, text: shown(line), before, after: [] };
      this.#found.push(found);
      if (this.#context > 0) this.#open.push(found);
    }
    if (this.#context === 0) return;
    this.#before.push(line);
    if (this.#before.length > this.#context) this.#before.shift();
  }
}

const shown = (line: Buffer): string => {
  const text = line.subarray(0, 4 * scanLimits.textCharacters).toString();
  return text.slice(0, scanLimits.textCharacters).replace(/\r$/, '');
};
