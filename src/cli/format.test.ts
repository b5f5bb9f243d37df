import { styleText } from 'node:util';
import { expect, test } from 'vitest';
import { jsonText, table, tame, tameLines, usageText } from './format.ts';
import { type Style, type Terminal, wantsColor } from './terminal.ts';

const terminal: Terminal = {
  out: () => {},
  outBytes: async () => {},
  err: () => {},
  paint: (_, text) => `\u001b[1m${text}\u001b[22m`,
  isInteractive: false,
  env: {},
  readStdin: async () => '',
  interrupt: new AbortController().signal,
};

test('format: columns line up whatever colours are in them', () => {
  const painted = terminal.paint('red', 'no');
  const text = table(
    terminal,
    ['name', 'ok'],
    [
      ['a', painted],
      ['longer', 'yes'],
    ],
    '',
  );
  expect(text.split('\n').slice(1, 3)).toEqual([`a       ${painted}`, 'longer  yes']);
  expect(table(terminal, ['name'], [], 'Nothing.')).toBe('Nothing.\n');
});

test('format: text of others cannot move the cursor', () => {
  expect(tame('red \u001b[31mline\u001b[0m\nnext\u0007\r')).toBe('red line next');
  expect(tame('x'.repeat(500)).length).toBe(200);
  expect(tame('a\u009b2Jb\u2028c\u202ed')).toBe('ab c d');
  expect(tameLines('  a\u0007\n  b\r')).toBe('  a \n  b ');
});

test('format: a cell keeps our colours, and nothing else that a terminal obeys', () => {
  const cell = `${styleText('red', 'no', { validateStream: false })}\u001b[8mx\u001b]0;t\u0007\ny`;
  const [, line] = table(terminal, ['name'], [[cell]], '').split('\n');
  expect(line).toBe('\u001b[31mno\u001b[39m [8mx ]0;t y');
});

test('format: every colour that is used is one that cells keep', () => {
  const styles: readonly Style[] = ['red', 'green', 'yellow', 'blue', 'cyan', 'gray', 'bold'];
  for (const style of styles) {
    const painted = styleText(style, 'x', { validateStream: false });
    expect(table(terminal, ['name'], [[painted]], '')).toContain(painted);
  }
});

test('format: JSON writes what a terminal obeys as escapes, and means the same', () => {
  const value = { '\u009b': '\u001b[2J\u007f\u0085\u2028\u202e\u2066é' };
  const text = jsonText(value);
  expect(text).toBe('{"\\u009b":"\\u001b[2J\\u007f\\u0085\\u2028\\u202e\\u2066é"}');
  expect(JSON.parse(text)).toEqual(value);
});

test('format: amounts are shown as people write them', () => {
  expect(usageText({ cpu: 0.5 }, { cpu: 4, memory: 8 * 2 ** 30 })).toBe('cpu 0.5/4  memory 0/8Gi');
});

test('format: colours are for terminals, unless the environment says otherwise', () => {
  expect(wantsColor({}, true)).toBe(true);
  expect(wantsColor({}, false)).toBe(false);
  expect(wantsColor({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).toBe(false);
  expect(wantsColor({ FORCE_COLOR: '1' }, false)).toBe(true);
  expect(wantsColor({ TERM: 'dumb' }, true)).toBe(false);
});
