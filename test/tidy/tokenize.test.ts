import { expect, it } from 'vitest';
import { functionsOf } from './functions.ts';
import { tokenize } from './tokenize.ts';

/** `@` stands for a dollar: a literal with both would look like a template gone wrong. */
const template = (text: string): string => text.replaceAll('@', '$');

const kinds = (source: string): string =>
  tokenize(source)
    .tokens.map(({ kind, text }) => `${kind.charAt(0)}:${text}`)
    .join(' ');

it('tokenize: comments are no code, strings and regular expressions hide what they hold', () => {
  expect(kinds("a; // b\n/* c */ \"d // e\" '\\'f'")).toBe("w:a p:; s:\"d // e\" s:'\\'f'");
  expect(kinds('x = /[/"]\\/"/g.test(y)')).toBe('w:x p:= r:/[/"]\\/"/g p:. w:test p:( w:y p:)');
});

it('tokenize: a slash divides behind an expression', () => {
  expect(kinds('a / b / c')).toBe('w:a p:/ w:b p:/ w:c');
  expect(kinds('(a) / 2 + b[0] / 3')).not.toContain('r:');
  expect(kinds('return /a/')).toBe('w:return r:/a/');
});

it('tokenize: templates nest, and their expressions are code', () => {
  expect(kinds(template('`a @{b + `c @{d}`} e` f'))).toBe(
    template('t:`a @{ w:b p:+ t:`c @{ w:d t:}` t:} e` w:f'),
  );
  expect(kinds(template('`@{{ a: 1 }.a}\\`$` b'))).toBe(
    template('t:`@{ p:{ w:a p:: n:1 p:} p:. w:a t:}\\`$` w:b'),
  );
});

it('tokenize: lines are counted through all of it', () => {
  const { tokens } = tokenize('`a\nb`\n/* \n */ "x\\\ny"\nlast');
  expect(tokens.map(({ line }) => line)).toEqual([1, 4, 6]);
});

it('tokenize: a header is a block comment before any code', () => {
  expect(tokenize('#!/usr/bin/env node\n/** job */\na').header).toBe(true);
  expect(tokenize('// note\n/** job */\na').header).toBe(false);
  expect(tokenize('a /** job */').header).toBe(false);
});

it('functions: every shape is found with its length, calls and types are not', () => {
  const source = `function a(): { x: number } {
    return { x: f(1) };
  }
  class B<T> {
    #c(d: string): Map<string, { e: 1 }> {
      if (d) {
      }
    }
  }
  const g = (h: number): number => {
    return h ? f(h) : { i: 1 };
  };
  type J = (k: number) => { l: number };
  interface M { n(): void }
  describe('o', () => {
    p();
  });`;
  const found = functionsOf(tokenize(source).tokens).map(
    ({ name, line, lines, group }) => `${name} ${line}+${lines}${group ? ' group' : ''}`,
  );
  expect(found).toContain('a 1+3');
  expect(found).toContain('#c 5+4');
  expect(found).toContain('arrow function 10+3');
  expect(found.filter((entry) => /^[fnp] |if/.test(entry))).toEqual([]);
});
