/**
 * Replays `peers/*.txt`; their language is told in `peer-scenario.ts`. Some are replayed again and
 * again, with a power loss in one more sync of c each time.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { goldenTests } from '../support/golden.ts';
import { PeerScenario } from './peer-scenario.ts';

const folder = new URL('peers/', import.meta.url);

goldenTests('peers', folder, () => {
  const scenario = new PeerScenario();
  return (command) => scenario.run(command);
});

/** The commands of a scenario, without what they print. */
const commandsOf = (file: string): readonly string[] =>
  readFileSync(new URL(file, folder), 'utf8')
    .split(/\n\n+/)
    .flatMap((block) => block.split(/\n-{4}\n/)[0]?.split('\n') ?? [])
    .filter((line) => line !== '' && !line.startsWith('#'));

/** Whether c, whose power fails in its `sync`-th sync behind that command, ends like all others. */
function struck(file: string, behind: string, sync: number): 'alike' | 'not struck' | string {
  const scenario = new PeerScenario();
  const commands = commandsOf(file);
  const begin = commands.indexOf(behind) + 1;
  for (const command of commands.slice(0, begin)) scenario.run(command);
  scenario.run(`strike c ${sync}`);
  // What c was to do can only be awaited when it has come back.
  const rest = commands.slice(begin).filter((command) => /^(run|hold|release|lead)/.test(command));
  for (const command of [...rest, 'run 3000']) scenario.run(command);
  if (!scenario.struck) return 'not struck';
  for (const command of ['start c', 'await c alike', 'write a 1']) scenario.run(command);
  const end = scenario.run('alike').join();
  return end.endsWith('and are alike') ? 'alike' : end;
}

function everySync(file: string, behind: string): number {
  for (let sync = 1; ; sync++) {
    const end = struck(file, behind, sync);
    if (end === 'not struck') return sync - 1;
    expect({ sync, end }).toEqual({ sync, end: 'alike' });
  }
}

test('peers: script 7 ends well, whichever sync is cut short (P52)', () => {
  expect(everySync('script-7.txt', 'await c receives')).toBeGreaterThan(10);
}, 60_000);

test('peers: a tail is replaced, whichever sync of its owner is cut short (P20, P21, P22)', () => {
  expect(everySync('replaced-tail.txt', 'heal')).toBeGreaterThan(3);
}, 60_000);
