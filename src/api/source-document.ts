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
  /** Where the last key of `path` stands; undefined if the text does not have such a place. */
  locate(path: Path): Position | undefined;
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
  readonly aliasesMax: number;
}

/** Parsing YAML of this size takes about half a second, and the API does it between heartbeats. */
export const serverTextLimits: TextLimits = {
  charactersMax: 1024 * 1024,
  depthMax: 50,
  valuesMax: 1_000_000,
  aliasesMax: 10_000,
};

/** JSON is read twenty times faster than YAML. */
export const jsonTextLimits: TextLimits = { ...serverTextLimits, charactersMax: 8 * 1024 * 1024 };

/** `['tasks', 'a', 'dependsOn', 0]` -> `tasks.a.dependsOn[0]`. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** Names that every object has already: as keys of a map they would be found where none was put. */
export const isReservedKey = (key: string): boolean => key === '__proto__' || key in {};

export const reservedKeyText = (key: string): string =>
  `"${key}" is a reserved word and cannot be a name here: choose another`;
