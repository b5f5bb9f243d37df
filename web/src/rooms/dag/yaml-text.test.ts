import { expect, it } from 'vitest';
import { yamlText } from './yaml-text.ts';

it('yaml: maps, lists and what is empty', () => {
  expect(yamlText({ a: 1, b: [true, null, { c: [], d: {} }], e: { f: 'x' } })).toBe(
    ['a: 1', 'b:', '  - true', '  - null', '  - c: []', '    d: {}', 'e:', '  f: x', ''].join('\n'),
  );
});

it('yaml: a text has quotes where it would be something else without', () => {
  const texts = ['plain text', 'yes', '12', '', "it's: so", 'a ', '#x', '/bin/sh', 'true'];
  expect(yamlText(texts)).toBe(
    [
      ...['- plain text', "- 'yes'", "- '12'", "- ''", "- 'it''s: so'", "- 'a '", "- '#x'"],
      ...['- /bin/sh', "- 'true'", ''],
    ].join('\n'),
  );
});

it('yaml: a text of many lines stands as it is, and what nobody sees as its number', () => {
  expect(yamlText({ run: 'a\n  b\n', end: 'a\n\nb' })).toBe(
    ['run: |', '  a', '    b', 'end: |-', '  a', '', '  b', ''].join('\n'),
  );
  expect(yamlText('evil \u202Etxt')).toBe('"evil \\u202etxt"\n');
  expect(yamlText('tab\tend')).toBe('"tab\\tend"\n');
});
