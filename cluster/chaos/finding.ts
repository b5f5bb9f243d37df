/** What a check found. */

export interface Finding {
  readonly check: string;
  readonly violations: number;
  /** The figures, for people. */
  readonly text: string;
  /** The first violations, one line each. */
  readonly examples: readonly string[];
}

const examplesMax = 10;

export const finding = (
  check: string,
  text: string,
  violations: readonly string[] = [],
): Finding => ({
  check,
  text,
  violations: violations.length,
  examples: violations.slice(0, examplesMax),
});
