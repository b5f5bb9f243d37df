/** `docs/mutants.md`: what killed each mutant, as the last `npm run mutants -- --write` found. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fate } from './trial.ts';

const file = join('docs', 'mutants.md');
const head = '| The program… | breaks | in `src/` | killed by | s |';
const lives = '**nothing**';

export interface WrittenFate {
  readonly name: string;
  readonly isAlive: boolean;
}

export function writeTable(project: string, fates: readonly Fate[], cpuMs: number): void {
  const alive = fates.filter(({ kill }) => kill === undefined).length;
  const text = [
    ...preface,
    '',
    `${fates.length} mutants, ${alive} alive, ${Math.round(cpuMs / 1000)} s of processor time.`,
    '',
    head,
    '|---|---|---|---|---|',
    ...fates.map(rowOf),
    '',
    ...epilogue,
  ];
  writeFileSync(join(project, file), `${text.join('\n')}\n`);
}

export function readTable(project: string): readonly WrittenFate[] {
  const lines = readFileSync(join(project, file), 'utf8').split('\n');
  const rows = lines.slice(lines.indexOf(head) + 2).filter((line) => line.startsWith('|'));
  return rows.map((row) => {
    const [, name = '', , , killedBy] = row.split('|').map((cell) => cell.trim());
    return { name, isAlive: killedBy === lives };
  });
}

function rowOf({ mutant, kill, cpuMs }: Fate): string {
  const { name, breaks, file: where } = mutant;
  const by = kill === undefined ? lives : inCell(kill.by);
  return `| ${name} | ${breaks.join(' ')} | ${where} | ${by} | ${(cpuMs / 1000).toFixed(1)} |`;
}

const inCell = (text: string): string => text.replaceAll('|', '/').replaceAll('\n', ' ');

const preface = [
  '# Mutants',
  '',
  'Does the suite find mistakes? Each row is one, put into a copy of the program by replacing one',
  'piece of its text; nothing of it is in the program itself. What stands under "killed by" is the',
  'first part of the suite that noticed, of those that were asked, the cheapest first or the one',
  'that the mutant is there to try: a test by its file and name, or a seed of the adversary',
  '(`test/raft/adversary.ts`) or of the simulator (`test/sim`) and the invariant that broke. The',
  'last column is the processor time of all that were asked.',
  '',
  'P: pitfalls, I: invariants of the log, W: invariants of workflows, as the texts of the tests',
  'name them. The lists are in `test/mutants/list`. A test of the gate holds that every mutant',
  'still fits the source, that all are in this table, and that none is alive.',
  '',
  '    npm run mutants                    all of them: at most ten minutes of one processor',
  '    npm run mutants -- --only fsync    those whose names contain a word',
  '    npm run mutants -- --write         and this page',
];

const epilogue = [
  '## Tried, and left out',
  '',
  'No test tells these from the program, and no seed of those that were run. Behind what is',
  'missing another guard seems to stand:',
  '',
  '- The receiver of a snapshot does not ask again by its own timer: the offer of the sender,',
  '  which is repeated, makes it ask.',
  '- A retry is taken from an entry of the queue that is older than the failure: the deadline of',
  '  the retry puts it there, and an older entry is rare.',
  '- A pre-candidate lets an equal log go first for its whole round, not for a heartbeat alone:',
  '  who was refused asks again.',
];
