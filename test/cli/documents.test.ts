/** The page of the command line is made of its tree (SKEIN_WRITE_DOCS=1 writes it). */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { documentText, sectionOf, tableRows } from '../http/guide-kit.ts';
import { commandTree } from './kit.ts';

const page = 'docs/guide/cli.md';
const heading = '\n## Commands\n\n';

/** In the order of the help, with their words; what has commands below it stands before them. */
function* commands(
  command: Command,
  path: readonly string[],
): Generator<{ readonly command: Command; readonly path: readonly string[] }> {
  if (path.length > 0) yield { command, path };
  for (const inner of command.commands) yield* commands(inner, [...path, inner.name()]);
}

const row = (name: string, what: string): string =>
  `| ${name} | ${what} |\n`.replaceAll(/(?<=\w)\|(?=\w)/g, '\\|');

function rowsOf(command: Command, path: readonly string[]): string {
  const args = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const options = command.options.map(({ flags, description, defaultValue }) => {
    const preset = typeof defaultValue === 'string' ? ` (${defaultValue} unless said)` : '';
    return row(`\`${flags}\``, `${description}${preset}`);
  });
  const whole = ['skein', ...path, ...args].join(' ');
  return [row(`**\`${whole}\`**`, command.description()), ...options].join('');
}

test('documents: docs/guide/cli.md names each command and option of the program', async () => {
  const rows = [...commands(await commandTree(), [])].map((it) => rowsOf(it.command, it.path));
  const [head = ''] = documentText(page).split(heading);
  const made = `${head}${heading}| command, option | what |\n| --- | --- |\n${rows.join('')}`;
  if (process.env.SKEIN_WRITE_DOCS === '1') {
    writeFileSync(new URL(`../../${page}`, import.meta.url), made);
  }
  expect(documentText(page)).toBe(made);
  expect(rows.length).toBeGreaterThan(90);
});

test('documents: docs/guide/cli.md has each exit code', () => {
  const codes = tableRows(sectionOf(page, 'How it ends')).map(([code]) => Number(code));
  expect(codes).toEqual(Object.values(exitCodes));
});
