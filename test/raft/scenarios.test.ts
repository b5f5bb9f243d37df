/**
 * Replays `scenarios/*.txt`. A block is commands, a line of dashes, and the expected trace. Rewrite
 * the traces with SKEIN_REWRITE=1, and read the difference before you commit it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Scenario } from './scenario.ts';

const folder = new URL('scenarios/', import.meta.url);

for (const file of readdirSync(folder).sort()) {
  const name = file.replace('.txt', '').replaceAll('-', ' ');
  test(`raft: scenario ${name}`, () => {
    const path = new URL(file, folder);
    const written = readFileSync(path, 'utf8');
    const replayed = replay(written);
    if (process.env.SKEIN_REWRITE === '1') writeFileSync(path, replayed);
    else expect(replayed).toBe(written);
  });
}

/** Comments and blank lines stay as they are; everything below dashes is written anew. */
function replay(text: string): string {
  const scenario = new Scenario();
  const blocks = text.trimEnd().split(/\n\n+/);
  return `${blocks.map((block) => replayBlock(scenario, block)).join('\n\n')}\n`;
}

function replayBlock(scenario: Scenario, block: string): string {
  const [head = ''] = block.split(/\n-{4}\n/);
  const lines = head.split('\n');
  const commands = lines.filter((line) => !line.startsWith('#'));
  if (commands.length === 0) return block;
  const trace = commands.flatMap((command) => scenario.run(command));
  const happened = trace.filter((line) => line !== '(nothing)');
  return [head, '----', ...(happened.length === 0 ? ['(nothing)'] : happened)].join('\n');
}
