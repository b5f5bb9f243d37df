/**
 * Knows where in Python code a value would stand: outside of strings, in a string, in a comment. It
 * owns the string that is open.
 *
 * P1. It says `bare` only where Python would begin a string without a prefix at a quote.
 */
import type { Reader, Surroundings } from './surroundings.ts';

interface OpenString {
  readonly quote: string;
  /** Three quotes at each end. */
  readonly long: boolean;
  /** Braces in it are code. */
  readonly formatted: boolean;
}

export class PythonReader implements Reader {
  #string: OpenString | undefined;
  #comment = false;
  #escaped = false;
  /** What stands directly before, outside of strings: a prefix, if a quote follows. */
  #word = '';
  /** Characters of the string so far, and how many of the last ones are its own quote. */
  #length = 0;
  #quotes = 0;
  /** The string that has just ended. Empty, and one more quote: it was the start of a long one. */
  #ended: OpenString | undefined;

  surroundings(): Surroundings {
    if (this.#escaped) return 'bound';
    if (this.#comment) return 'other';
    if (this.#string !== undefined) return this.#string.formatted ? 'formatted' : 'quoted';
    return this.#word === '' && this.#ended === undefined ? 'bare' : 'bound';
  }

  read(text: string): void {
    for (const letter of text) {
      if (this.#string === undefined) this.#stepOutside(letter);
      else this.#stepInside(letter, this.#string);
    }
  }

  #stepOutside(letter: string): void {
    const ended = this.#ended;
    this.#ended = undefined;
    if (this.#comment) {
      this.#comment = letter !== '\n';
    } else if (letter === '"' || letter === "'") {
      const long = ended?.quote === letter && !ended.long && this.#length === 0;
      const formatted = long ? ended.formatted : /^(f|t|rf|fr|rt|tr)$/i.test(this.#word);
      this.#string = { quote: letter, long, formatted };
      this.#length = 0;
      this.#quotes = 0;
      this.#word = '';
    } else {
      this.#escaped = letter === '\\' && !this.#escaped;
      this.#comment = letter === '#';
      this.#word = /[\w\u0080-\uffff]/.test(letter) ? this.#word.slice(-8) + letter : '';
    }
  }

  #stepInside(letter: string, open: OpenString): void {
    if (this.#escaped || letter === '\\') {
      this.#escaped = !this.#escaped;
      this.#quotes = 0;
      this.#length++;
      return;
    }
    this.#quotes = letter === open.quote ? this.#quotes + 1 : 0;
    const ends = this.#quotes === (open.long ? 3 : 1);
    if (!ends) {
      this.#length++;
      return;
    }
    this.#string = undefined;
    this.#ended = open;
  }
}
