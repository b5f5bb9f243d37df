/**
 * A text that a person wrote, read safely: plain data without classes, cycles or surprising keys,
 * and for each place in it the line and column where it stands. YAML and JSON both become this.
 */
import type { Result } from '../base/result.ts';
import type { ProblemCode } from './problem-code.ts';

/** Keys and list positions from the root to a value. */
export type Path = readonly (string | number)[];

/** 1-based, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface SourceDocument {
  readonly value: unknown;
  /**
   * Where the last key of each path stands; undefined if the text does not have such a place. They
   * are asked for together, because a long text is walked over once for all of them.
   */
  locate(paths: readonly Path[]): readonly (Position | undefined)[];
}

/** One thing that is wrong in a text, for people: what, where, and what is allowed instead. */
export interface Finding {
  readonly code: ProblemCode;
  /** `tasks.load.retries`; empty for the whole text. */
  readonly path: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

export type ReadDocument = Result<SourceDocument, readonly Finding[]>;

export interface TextLimits {
  /** Longest text that is read at all, in UTF-16 units. */
  readonly charactersMax: number;
  /** Deepest nesting of lists and maps. */
  readonly depthMax: number;
  /** Values after aliases are written out; what an alias bomb runs into. */
  readonly valuesMax: number;
  /** Of one list or map of JSON; nothing of ours takes more. YAML is short enough. */
  readonly entriesMax: number;
  readonly aliasesMax: number;
}

/** Parsing YAML of this size takes about half a second, and the API does it between heartbeats. */
export const serverTextLimits: TextLimits = {
  charactersMax: 1024 * 1024,
  depthMax: 50,
  valuesMax: 1_000_000,
  entriesMax: 20_000,
  aliasesMax: 10_000,
};

/** JSON is read twenty times faster than YAML. */
export const jsonTextLimits: TextLimits = { ...serverTextLimits, charactersMax: 8 * 1024 * 1024 };

/**
 * Other bodies are checked between heartbeats, and it is the number of values that takes the time.
 * One may hold a definition: 10,000 tasks of 25 values.
 */
export const bodyTextLimits: TextLimits = { ...jsonTextLimits, valuesMax: 250_000 };

/** No key of ours is longer. A longer one is cut where people see it: some are megabytes. */
const shownKeyMax = 250;

export const shownKey = (key: string): string =>
  key.length > shownKeyMax ? `${key.slice(0, shownKeyMax)}…` : key;

/** `['tasks', 'a', 'dependsOn', 0]` -> `tasks.a.dependsOn[0]`. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? shownKey(step) : `.${shownKey(step)}`;
  }
  return text;
}

/** Names that every object has already: as keys of a map they would be found where none was put. */
export const isReservedKey = (key: string): boolean => key === '__proto__' || key in {};

export const twiceText = (key: string): string => `"${shownKey(key)}" is defined twice`;

export const reservedKeyText = (key: string): string =>
  `"${shownKey(key)}" is a reserved word and cannot be a name here: choose another`;
