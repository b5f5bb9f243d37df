/**
 * Knows where in a shell command a value would stand. Quotes of ours are safe only where the shell
 * reads them as quotes: within the author's quotes, in comments, in here-documents and in backticks
 * it does not.
 *
 * It owns the nesting of quotes and substitutions. It is no parser of the shell: where it is not
 * sure it is lost, and says `other` for the rest of the command.
 *
 * S1. It says `bare` only where POSIX shells and Bash would begin a quoted word at a quote.
 */
import type { Reader, Surroundings } from './surroundings.ts';

/** What surrounds the next character; the last of a stack counts. */
type Mode =
  | 'plain'
  | 'brackets'
  | 'single'
  | 'double'
  | 'parameter'
  | 'arithmetic'
  | 'backticks'
  | 'comment';

const surroundingsOf: Readonly<Record<Mode, Surroundings>> = {
  plain: 'bare',
  brackets: 'bare',
  single: 'quoted',
  double: 'quoted',
  parameter: 'other',
  arithmetic: 'arithmetic',
  backticks: 'other',
  comment: 'other',
};

export class ShellReader implements Reader {
  readonly #modes: Mode[] = ['plain'];
  /** The character before, as far as it has a meaning for the next one. */
  #before = '';
  /** The letters before, without a gap. */
  #word = '';
  /** How many `<` stand directly before. */
  #lessThans = 0;
  #escaped = false;
  #lost = false;

  surroundings(): Surroundings {
    if (this.#escaped) return 'bound';
    if (this.#before === '$' && this.#mode() !== 'single') return 'bound';
    return this.#lost || this.#lessThans === 2 ? 'other' : surroundingsOf[this.#mode()];
  }

  read(text: string): void {
    for (const letter of text) this.#step(letter);
  }

  #mode(): Mode {
    return this.#modes.at(-1) ?? 'plain';
  }

  #step(letter: string): void {
    const mode = this.#mode();
    // A here-document: its text is neither quoted nor plain. Three are a here-string.
    if (this.#lessThans === 2 && letter !== '<') this.#lost = true;
    if (this.#escaped) {
      this.#escaped = false;
      // An escaped end of line is not there at all; any other escaped character means nothing.
      if (letter !== '\n') this.#remember('x', mode);
    } else if (letter === '\\' && mode !== 'single' && mode !== 'comment') {
      this.#escaped = true;
    } else {
      this.#change(letter, mode);
      this.#remember(letter === '$' && this.#before === '$' ? 'x' : letter, mode);
    }
  }

  #remember(letter: string, mode: Mode): void {
    this.#before = letter;
    this.#word = /\w/.test(letter) ? this.#word.slice(-8) + letter : '';
    // Within quotes it is a letter like others; in arithmetic it is a shift, or we are mistaken.
    const counts = mode === 'plain' || mode === 'brackets' || mode === 'arithmetic';
    this.#lessThans = letter === '<' && counts ? this.#lessThans + 1 : 0;
  }

  #change(letter: string, mode: Mode): void {
    if (mode === 'plain' || mode === 'brackets') this.#changeInPlain(letter);
    else if (mode === 'single') this.#leaveAt("'", letter);
    else if (mode === 'backticks') this.#leaveAt('`', letter);
    else if (mode === 'comment') this.#leaveAt('\n', letter);
    else if (mode === 'arithmetic') this.#changeInArithmetic(letter);
    else if (letter === (mode === 'double' ? '"' : '}')) this.#modes.pop();
    // Quotes within ${…} mean different things in different shells.
    else if (mode === 'parameter' && /['"`(]/.test(letter)) this.#lost = true;
    else if (letter === '`') this.#modes.push('backticks');
    else if (this.#before === '$') this.#substitute(letter);
  }

  #leaveAt(end: string, letter: string): void {
    if (letter === end) this.#modes.pop();
  }

  #substitute(letter: string): void {
    if (letter === '(') this.#modes.push('brackets');
    if (letter === '{') this.#modes.push('parameter');
  }

  #changeInPlain(letter: string): void {
    // The brackets of a `case` have no beginning: we would leave ours too early.
    if (this.#word === 'case' && this.#mode() === 'brackets') this.#lost = true;
    switch (letter) {
      case "'":
        // $'…' has escapes in Bash, and none in others.
        if (this.#before === '$') this.#lost = true;
        this.#modes.push('single');
        return;
      case '"':
        this.#modes.push('double');
        return;
      case '`':
        this.#modes.push('backticks');
        return;
      case '(':
        this.#openBracket();
        return;
      case ')':
        if (this.#mode() === 'brackets') this.#modes.pop();
        return;
      case '{':
        if (this.#before === '$') this.#modes.push('parameter');
        return;
      case '#':
        if (this.#beginsComment(letter)) this.#modes.push('comment');
        return;
    }
  }

  #beginsComment(letter: string): boolean {
    return letter === '#' && /^[\s;&|()<>]?$/.test(this.#before);
  }

  /** `((` may begin arithmetic, where Dash sees no quotes, or be two brackets. */
  #openBracket(): void {
    const arithmetic = this.#before === '(' && this.#mode() === 'brackets';
    if (arithmetic) this.#modes.splice(-1, 1, 'arithmetic', 'arithmetic');
    else this.#modes.push('brackets');
  }

  #changeInArithmetic(letter: string): void {
    const substitutes = this.#before === '$' && /[({]/.test(letter);
    if (substitutes || /['"`]/.test(letter) || this.#beginsComment(letter)) this.#lost = true;
    else if (letter === '(') this.#modes.push('arithmetic');
    else if (letter === ')') this.#modes.pop();
  }
}
