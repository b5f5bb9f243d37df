/**
 * A small tokenizer for TypeScript: enough to tell code from comments, strings, templates and
 * regular expressions. It does not parse; the rules look at neighbouring tokens.
 */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'punctuation';
  readonly text: string;
  readonly line: number;
}

export interface Comment {
  readonly text: string;
  readonly line: number;
}

export interface Tokens {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  /** True if the file opens with a block comment (a `#!` line may go before it). */
  readonly header: boolean;
}

const space = /\s+/y;
const shebang = /#![^\n]*/y;
const comment = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const word = /[#@]?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const number = /(?:0[xob][\da-f_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:e[+-]?\d+)?)n?|\d+\./iy;
const string = /'(?:[^'\\\n]|\\[\s\S])*'?|"(?:[^"\\\n]|\\[\s\S])*"?/y;
const regex = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const templateText = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|$)/y;
/** The longest first; TypeScript's `!` and generic `<` `>` stay single. */
const operators = [
  /\.\.\.|>>>=|(?:\*\*|<<|>>|&&|\|\||\?\?)=/,
  /[!=]==|[-+*/%&|^!=<>]=|=>/,
  /&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\*\*/,
  /[\s\S]/,
];
const punctuation = new RegExp(operators.map(({ source }) => source).join('|'), 'y');

/** After these words a slash begins a regular expression, and `!` and `(` begin an expression. */
export const prefixWords: ReadonlySet<string> = new Set(
  'return typeof case in of delete void throw new else do await yield instanceof'.split(' '),
);

/** True if an expression may end with `token`; then a slash behind it divides. */
export function endsExpression(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'word') return !prefixWords.has(token.text);
  if (token.kind === 'template') return token.text.endsWith('`');
  if (token.kind !== 'punctuation') return true;
  return [')', ']', '++', '--'].includes(token.text);
}

export function tokenize(source: string): Tokens {
  return new Tokenizer(source).run();
}

class Tokenizer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  readonly #comments: Comment[] = [];
  /** For each open `${`, how many braces are open within it. */
  readonly #templates: number[] = [];
  #at = 0;
  #line = 1;
  #header = false;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Tokens {
    this.#match(shebang);
    while (this.#at < this.#source.length) this.#step();
    return { tokens: this.#tokens, comments: this.#comments, header: this.#header };
  }

  #step(): void {
    if (this.#match(space) !== undefined) return;
    const line = this.#line;
    const said = this.#match(comment);
    if (said !== undefined) {
      if (this.#tokens.length === 0 && this.#comments.length === 0)
        this.#header = said.startsWith('/*');
      this.#comments.push({ text: said, line });
      return;
    }
    if (this.#take('word', word) || this.#take('string', string)) return;
    if (/[\d.]/.test(this.#source.charAt(this.#at)) && this.#take('number', number)) return;
    const next = this.#source.charAt(this.#at);
    if (next === '/' && !endsExpression(this.#tokens.at(-1)) && this.#take('regex', regex)) return;
    if (next === '`') this.#template();
    else this.#punctuation();
  }

  #punctuation(): void {
    this.#take('punctuation', punctuation);
    const text = this.#tokens.at(-1)?.text;
    const depth = this.#templates.pop();
    if (depth === undefined) return;
    if (text === '}' && depth === 0) {
      this.#tokens.pop();
      this.#at -= 1;
      this.#template();
    } else this.#templates.push(depth + (text === '{' ? 1 : text === '}' ? -1 : 0));
  }

  /** Reads template text from its opening `` ` `` or from the `}` of an expression. */
  #template(): void {
    const line = this.#line;
    const start = this.#at;
    this.#at += 1;
    const rest = this.#match(templateText) ?? '';
    this.#tokens.push({ kind: 'template', text: this.#source.charAt(start) + rest, line });
    if (rest.endsWith('${')) this.#templates.push(0);
  }

  #take(kind: Token['kind'], pattern: RegExp): boolean {
    const line = this.#line;
    const text = this.#match(pattern);
    if (text === undefined) return false;
    this.#tokens.push({ kind, text, line });
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#source)?.[0];
    if (text === undefined || text === '') return undefined;
    this.#at += text.length;
    for (const character of text) if (character === '\n') this.#line += 1;
    return text;
  }
}
