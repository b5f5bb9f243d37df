import { expect, test } from 'vitest';
import { TextCache } from './text-cache.ts';

test('text cache: a text is made once, until too many characters have come after it', () => {
  const made: string[] = [];
  const make = (text: string): string => {
    made.push(text);
    return text.toUpperCase();
  };
  const cache = new TextCache<string>(10);
  expect([cache.get('aaaa', make), cache.get('aaaa', make)]).toEqual(['AAAA', 'AAAA']);
  cache.get('bbbb', make);
  cache.get('cccc', make);
  cache.get('bbbb', make);
  expect(made).toEqual(['aaaa', 'bbbb', 'cccc']);
  cache.get('aaaa', make);
  expect(made).toEqual(['aaaa', 'bbbb', 'cccc', 'aaaa']);
});

test('text cache: what is larger than all of it is given, and not kept', () => {
  let made = 0;
  const cache = new TextCache<number>(10);
  const make = (): number => ++made;
  expect(cache.get('x'.repeat(11), make)).toBe(1);
  expect(cache.get('x'.repeat(11), make)).toBe(2);
});
