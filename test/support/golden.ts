/**
 * Golden texts: a block is commands, a line of dashes, and what happened. Comments, which begin
 * with #, and blank lines stay as they are. `SKEIN_REWRITE=1` writes what happens now; read the
 * difference before you commit it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Carries out one command of a language and returns what happened, line by line. */
export type RunCommand = (command: string) => readonly string[];

/** A world of whole nodes takes a second, and longer on a machine that is busy. */
const patienceMs = 60_000;

/** One test for each text of the folder, in a world of its own. */
export function goldenTests(area: string, folder: URL, begin: () => RunCommand): void {
  for (const file of readdirSync(folder).sort()) {
    test(
      `${area}: scenario ${file.replace('.txt', '').replaceAll('-', ' ')}`,
      () => {
        const path = new URL(file, folder);
        const written = readFileSync(path, 'utf8');
        const replayed = replay(written, begin());
        if (process.env.SKEIN_REWRITE === '1') writeFileSync(path, replayed);
        else expect(replayed).toBe(written);
      },
      patienceMs,
    );
  }
}

function replay(text: string, run: RunCommand): string {
  const blocks = text.trimEnd().split(/\n\n+/);
  return `${blocks.map((block) => replayBlock(block, run)).join('\n\n')}\n`;
}

function replayBlock(block: string, run: RunCommand): string {
  const [head = ''] = block.split(/\n-{4}\n/);
  const commands = head.split('\n').filter((line) => !line.startsWith('#'));
  if (commands.length === 0) return block;
  const trace = commands.flatMap((command) => run(command));
  return [head, '----', ...(trace.length === 0 ? ['(nothing)'] : trace)].join('\n');
}
