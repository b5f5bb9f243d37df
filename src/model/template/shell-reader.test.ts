import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../json.ts';
import { render } from '../template.ts';
import { ShellReader } from './shell-reader.ts';
import type { Surroundings } from './surroundings.ts';

function surroundingsAfter(text: string): Surroundings {
  const reader = new ShellReader();
  reader.read(text);
  return reader.surroundings();
}

test.each<[string, Surroundings]>([
  ['', 'bare'],
  ['echo ', 'bare'],
  ["'", 'quoted'],
  ["'\\'", 'bare'],
  ['"', 'quoted'],
  ['"\\"', 'quoted'],
  ['"\'"', 'bare'],
  ["'\"'", 'bare'],
  ['"$(', 'bare'],
  ['"$(")', 'quoted'],
  ['"$(a)', 'quoted'],
  ['"$(a)"', 'bare'],
  ['"`', 'other'],
  ['"`a`', 'quoted'],
  ['"`a`"', 'bare'],
  ['# ', 'other'],
  ['a #', 'other'],
  ['a#', 'bare'],
  ['$#', 'bare'],
  ["# '\n", 'bare'],
  ["a;#'\n", 'bare'],
  ["a \\\n#'\n", 'bare'],
  ["a\\\n#'\n", 'quoted'],
  ['\\', 'bound'],
  ['\\\\', 'bare'],
  ['$', 'bound'],
  ["'$", 'quoted'],
  ['"$', 'bound'],
  ['$$', 'bare'],
  ['\\$', 'bare'],
  ["$'", 'other'],
  ["$'a'", 'other'],
  ['$\\\n', 'bound'],
  [`\${`, 'other'],
  [`\${a}`, 'bare'],
  [`"\${a:-b}`, 'quoted'],
  [`\${a:-\${b}}`, 'bare'],
  [`\${a:-"}`, 'other'],
  [`"\${a#'"'}"`, 'other'],
  ['a <<E', 'other'],
  ['a <<E\nb\nE\n', 'other'],
  ['a <<\\E', 'other'],
  ['a <<', 'other'],
  ['a <<<', 'bare'],
  ['a <<<b', 'bare'],
  ['a <b', 'bare'],
  ["a '<<' ", 'bare'],
  ['a "<<" ', 'bare'],
  ['a \\<< ', 'bare'],
  ['a <\\\n<E ', 'other'],
  ['$((', 'arithmetic'],
  ['$((1 + (2', 'arithmetic'],
  ['$((1 + (2) )) ', 'bare'],
  ['((1 + 2)) ', 'bare'],
  ['(a; (b ', 'bare'],
  ['$(($a + 16#ff)) ', 'bare'],
  ['$(($(a))) ', 'other'],
  ['(( # )) ', 'other'],
  ['$((a")) ', 'other'],
  ['case a in a) ', 'bare'],
  ['"$(case a in a) ', 'other'],
  ['(case) ', 'other'],
  ['"$$(" "', 'quoted'],
])('shell reader: behind %j a value stands %s', (text, expected) => {
  expect(surroundingsAfter(text)).toBe(expected);
});

const shells = ['/bin/sh', '/bin/bash'];

/** `show` prints its words; `pwn` must never run. No program of the machine can be found. */
const prelude = `show() { for word; do printf '%s\\0' "$word"; done; }
pwn() { printf PWNED; }
`;

function run(shell: string, command: string): string {
  const { stdout } = spawnSync(shell, ['-c', prelude + command], {
    encoding: 'utf8',
    env: { PATH: '/nonexistent', HOME: '/h' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 5_000,
  });
  return stdout;
}

const scopeOf = (v: string): Record<string, Json> => ({ params: { v } });

/** Letters that shells treat in a special way come often. */
const anyText = fc
  .string({
    unit: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...`'"\`$\\(){}[]<>|&;#*?~!=% \n\t-a/.`) },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
    ),
    maxLength: 24,
  })
  .filter((text) => !text.includes('\0'));

test.each(shells)('shell reader: in %s a quoted value is one word, whatever it is', (shell) => {
  const template =
    'show {{ params.v | quote }} a{{ params.v | quote }}b; show "$(show c)" {{ params.v | quote }}';
  const property = fc.property(anyText, (text) => {
    const command = render(template, scopeOf(text), 'shell');
    expect(command.ok && run(shell, command.value)).toBe(
      [text, `a${text}b`, 'c', text].map((word) => `${word}\0`).join(''),
    );
  });
  fc.assert(property, { numRuns: 60 });
});

test.each(shells)('shell reader: in %s a bare value is one word, or it is refused', (shell) => {
  const property = fc.property(fc.oneof(anyText, fc.stringMatching(/^[\w.,:@%+=/-]*$/)), (text) => {
    const command = render('show {{ params.v }} "{{ params.v }}" z', scopeOf(text), 'shell');
    if (command.ok) expect(run(shell, command.value)).toBe(`${text}\0${text}\0z\0`);
    else expect(text).toMatch(/^$|[^\w.,:@%+=/-]/);
  });
  fc.assert(property, { numRuns: 60 });
});

/** What authors may write around a value, in any order, sensible or not. */
const around = fc.array(
  fc.constantFrom(
    ...['"', "'", '`', '\\', '$', '#', ' ', '\n', ';', '(', ')', '{ ', ' }', 'show ', 'a', '$('],
    ...[
      `\${x:-`,
      `\${x#`,
      '}',
      ' <<E\n',
      '\nE\n',
      ' <<<',
      ' <<-"E"\n',
      "$'",
      '$"',
      '"$(',
      ')"',
      '$$',
    ],
    ...['$((', '))', 'case a in a) ', ' esac', ';;', '\\\n', "''", '""', 'if true; then ', ' fi'],
  ),
  { maxLength: 12 },
);
/** It begins with a letter, because a value in the place of a command's name is one. */
const attack = fc
  .array(
    fc.constantFrom(
      ...['pwn', ';pwn;', '$(pwn)', '`pwn`', '\npwn\n', "'", '"', '\\', '\n', ')', '}', '#', ' '],
      ...[
        '&pwn&',
        '|pwn',
        '\nE\npwn\n',
        "\\'",
        '$',
        '(',
        '{',
        'x',
        '\\\n',
        ';;',
        '))',
        `\${x:-`,
        "$'",
      ],
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => `v${parts.join('')}`);

test.each(shells)(
  'shell reader: in %s no quoted value runs, wherever an author puts it',
  (shell) => {
    const property = fc.property(around, attack, around, (before, value, after) => {
      const template = `${before.join('')}{{ params.v | quote }}${after.join('')}`;
      const command = render(template, scopeOf(value), 'shell');
      if (command.ok) expect(run(shell, command.value)).not.toContain('PWNED');
    });
    fc.assert(property, { numRuns: Number(process.env.SHELL_RUNS ?? 150) });
  },
);
