import { expect, test } from 'vitest';
import { table, tame, usageText } from './format.ts';
import { type Terminal, wantsColor } from './terminal.ts';

const terminal: Terminal = {
  out: () => {},
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
