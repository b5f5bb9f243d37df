/** Where in a program's text a value would stand, as far as that decides what may stand there. */
export type Surroundings =
  /** Outside of quotes: a word or a literal of its own may stand here. */
  | 'bare'
  /** Inside of quotes that end with the text's own quote. */
  | 'quoted'
  /** A comment, a here-document, backticks…: quotes of ours would not hold here. */
  | 'other'
  /** Inside of quotes in which braces are code. */
  | 'formatted'
  /** In arithmetic: words are variables, and `=` assigns to them. */
  | 'arithmetic'
  /** Directly behind what changes the meaning of that which follows: `$`, a backslash, a prefix. */
  | 'bound';

/** Reads the text of a program piece by piece, and says where its end is. */
export interface Reader {
  readonly read: (text: string) => void;
  readonly surroundings: () => Surroundings;
}
