/**
 * The lines of a log as they come: bytes in, lines out, in bounded memory.
 *
 * Invariants:
 *   L1  At most `linesMax` lines and `charactersMax` characters are kept; the oldest go first, and
 *       `dropped` says how many have gone.
 *   L2  `offset` is where the log goes on: bytes of the log, without the marks that the node has
 *       put between them, with the bytes that those stand for.
 *   L3  A character whose bytes come in two pieces is one character.
 */

export const logLimits = {
  linesMax: 200_000,
  charactersMax: 48 * 1024 * 1024,
  /** A longer line is cut into several. */
  lineCharactersMax: 16_384,
} as const;

export interface LogLine {
  readonly text: string;
  /** The colours in force where it begins, as ANSI sequences. */
  readonly style: string;
  /** Said by Skein and not by the task: bytes that are left out, a copy that may lack its end. */
  readonly isMark: boolean;
}

const markPattern = /^\[skein: (?:(\d+) bytes left out here; .*|node .* cannot be reached; .*)\]$/;

export class LogBuffer {
  readonly #lines: LogLine[] = [];
  readonly #decoder = new TextDecoder();
  #first = 0;
  #characters = 0;
  #rest = '';
  #style = '';
  #bytes = 0;
  #dropped = 0;

  /** Lines that are kept; the last one may go on. */
  get count(): number {
    return this.#lines.length - this.#first + (this.#rest === '' ? 0 : 1);
  }

  get dropped(): number {
    return this.#dropped;
  }

  get offset(): number {
    return this.#bytes;
  }

  line(index: number): LogLine | undefined {
    const at = this.#first + index;
    if (at < this.#lines.length) return this.#lines[at];
    if (at > this.#lines.length || this.#rest === '') return undefined;
    return { text: lastTurn(this.#rest), style: this.#style, isMark: false };
  }

  append(bytes: Uint8Array): void {
    this.#bytes += bytes.byteLength;
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    let from = 0;
    for (let end = this.#rest.indexOf('\n'); end >= 0; end = this.#rest.indexOf('\n', from)) {
      this.#push(this.#rest.slice(from, end));
      from = end + 1;
    }
    this.#rest = this.#rest.slice(from);
    while (this.#rest.length > logLimits.lineCharactersMax) {
      this.#push(this.#rest.slice(0, logLimits.lineCharactersMax));
      this.#rest = this.#rest.slice(logLimits.lineCharactersMax);
    }
    this.#forget();
  }

  /** Indexes of the lines with `words` in them, whatever the case. */
  find(words: string): readonly number[] {
    if (words === '') return [];
    const wanted = words.toLowerCase();
    const found: number[] = [];
    for (let index = 0; index < this.count; index += 1) {
      const text = this.line(index)?.text ?? '';
      if (withoutAnsi(text).toLowerCase().includes(wanted)) found.push(index);
    }
    return found;
  }

  #push(whole: string): void {
    const text = lastTurn(whole);
    const mark = markPattern.exec(text);
    if (mark !== null) {
      // "\n[skein: …]\n": the line breaks around it are the node's as well (L2).
      this.#bytes += Number(mark[1] ?? 0) - (text.length + 2);
      const before = this.#lines.at(-1);
      if (before?.text === '') {
        this.#lines.pop();
        this.#characters -= 1;
      }
    }
    this.#lines.push({ text, style: this.#style, isMark: mark !== null });
    this.#characters += text.length + 1;
    if (text.includes('\u001b[')) this.#style = styleAfter(this.#style, text);
  }

  #forget(): void {
    const { linesMax, charactersMax } = logLimits;
    while (this.#lines.length - this.#first > linesMax || this.#characters > charactersMax) {
      this.#characters -= (this.#lines[this.#first]?.text.length ?? 0) + 1;
      this.#first += 1;
      this.#dropped += 1;
    }
    // The list itself is cut now and then: doing it each time would move all of it each time.
    if (this.#first > linesMax / 4) {
      this.#lines.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

/** `10%\r20%\r`: of a line that was written again and again, what stood there last. */
function lastTurn(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  const at = text.lastIndexOf('\r');
  return at < 0 ? text : text.slice(at + 1);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these sequences begin with one.
const colours = /\u001b\[([\d;]*)m/g;
/** Everything else that moves a cursor, names a window or links somewhere. */
const commands = new RegExp(
  [
    String.raw`\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?`,
    String.raw`\u001b\[[\d;?]*[ -/]*[@-ln-~]`,
    String.raw`\u001b(?:[()][A-Z0-9]|[=>78cDEHMNOZ])`,
  ].join('|'),
  'g',
);
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;

/** Text with nothing but colours in it; control characters can be seen. */
export const onlyColours = (text: string): string =>
  text
    .replace(commands, '')
    .replace(controls, (character) =>
      String.fromCodePoint(character === '\u007f' ? 0x2421 : 0x2400 + character.charCodeAt(0)),
    );

export const withoutAnsi = (text: string): string =>
  text.includes('\u001b') ? onlyColours(text).replace(colours, '') : text;

/** At most so many sequences are carried on: no more of them has an effect anyway. */
const styleCharactersMax = 200;

function styleAfter(style: string, text: string): string {
  let now = style;
  for (const [sequence, codes] of text.matchAll(colours)) {
    if (codes === '' || codes === '0') now = '';
    else now = (now + sequence).slice(-styleCharactersMax);
  }
  return now;
}
