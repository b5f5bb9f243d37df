/**
 * Regular expressions that take linear time, whoever wrote them (RE2: no back-references, no
 * look-around). The one file that knows the engine. JavaScript's own may take for ever: `(a+)+$` on
 * 27 characters takes ten seconds.
 */
import { RE2JS } from '@bufbuild/re2';
import { fail, ok, type Result } from '../base/result.ts';
import { patternWeight } from './pattern-weight.ts';
import { TextCache } from './text-cache.ts';

/** In characters. */
export const patternLengthMax = 1_000;
/** Instructions of a pattern: each costs time to compile, and at each character of a text. */
const weightMax = 2_000;
/** Characters of patterns that are kept compiled. */
const patternsKept = 32 * 1024;

export interface LinearRegex {
  /** Roughly the steps that matching takes for each character, at worst. */
  readonly weight: number;
  /** Whether it occurs anywhere in the text. */
  readonly finds: (text: string) => boolean;
  /** Whether it is the whole text. */
  readonly fits: (text: string) => boolean;
}

const compiled = new TextCache<Result<LinearRegex, string>>(patternsKept);

/** The error is a sentence about the pattern. */
export function linearRegex(pattern: string): Result<LinearRegex, string> {
  if (pattern.length > patternLengthMax) {
    return fail(`a pattern has at most ${patternLengthMax} characters`);
  }
  return compiled.get(pattern, compile);
}

/** Whether `linearRegex` has it at hand; compiling takes up to some milliseconds. */
export const isCompiled = (pattern: string): boolean => compiled.has(pattern);

function compile(pattern: string): Result<LinearRegex, string> {
  const weight = patternWeight(pattern);
  if (weight === undefined) return fail('a pattern cannot have \\p, \\P and \\Q');
  if (weight > weightMax) return fail('the pattern is too large: repeat less');
  try {
    const regex = new RE2JS(pattern);
    return ok({
      weight,
      finds: (text) => regex.test(text),
      fits: (text) => regex.testExact(text),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(`"${pattern}" is not a pattern: ${reason.replace(/^error parsing regexp: /, '')}`);
  }
}
