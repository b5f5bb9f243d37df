import { expect, test } from 'vitest';
import { splitWords } from './words.ts';

const words = (text: string): unknown => {
  const split = splitWords(text);
  return split.ok ? split.value : split.error;
};

test.each([
  ['ls -la  /tmp\n', ['ls', '-la', '/tmp']],
  ['echo "two words" \'and three more\'', ['echo', 'two words', 'and three more']],
  ['a"b"\'c\'d', ['abcd']],
  ['\'\' ""', ['', '']],
  ['say "a \\"quoted\\" \\\\ word" it\\\'s', ['say', 'a "quoted" \\ word', "it's"]],
  ["'back\\slash'", ['back\\slash']],
  [
    'echo $HOME `id` $(id) * | cat; x && y > z',
    [...['echo', '$HOME', '`id`', '$(id)', '*', '|', 'cat;', 'x', '&&', 'y', '>', 'z']],
  ],
  [
    'run {{ params.a + " b" }}/{{ ds }} "{{ x == "y z" }}"',
    [...['run', '{{ params.a + " b" }}/{{ ds }}', '{{ x == "y z" }}']],
  ],
])('words: %j is split as it is written, and nothing is expanded', (text, expected) => {
  expect(words(text)).toEqual(expected);
});

test('words: what cannot be meant is refused', () => {
  expect(words('echo "open')).toBe('a quote (") is not closed');
  expect(words('echo \\')).toBe('a command does not end with a backslash');
  expect(words(' \n')).toBe('a command has at least one word');
});
