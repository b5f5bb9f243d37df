/** The habits that a machine can check. The tables of what is allowed are in `tidy/rules.ts`. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checks, print } from './tidy/checks.ts';
import { readTree } from './tidy/tree.ts';

const tree = readTree(fileURLToPath(new URL('..', import.meta.url)));

describe('tidy', () => {
  it('looks at the whole house', () => {
    expect(tree.code.has('src/base/ports.ts')).toBe(true);
    expect(tree.code.has('test/tidy.test.ts')).toBe(true);
  });

  for (const [habit, check] of Object.entries(checks)) {
    it(habit, () => {
      const violations = [...check(tree)].map(print);
      expect(violations, violations.join('\n')).toEqual([]);
    });
  }
});
