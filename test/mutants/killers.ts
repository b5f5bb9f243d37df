/** Runs a part of the suite in a workshop: whether it noticed, by what, and at what cost. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runChild } from './child.ts';
import type { Killer } from './mutant.ts';

export interface Verdict {
  /** Undefined when nothing was noticed. */
  readonly kill: Kill | undefined;
  readonly cpuMs: number;
}

export interface Kill {
  /** A test by file and name, or a seed and what it broke. */
  readonly by: string;
  /** No more of the killer than what noticed. */
  readonly killer: Killer;
}

/** Long, because other work may hold the machine up; only processor time is counted. */
const limitMs = 240_000;
/** Virtual time under faults, for each seed of the simulator. */
const simulatedSeconds = '30';

export function ask(killer: Killer, root: string): Promise<Verdict> {
  switch (killer.kind) {
    case 'tests':
      return askTests(killer, root);
    case 'adversary':
      return askSeeds(killer, root, ['mutants/adversary-main.js', ...rangeOf(killer)]);
    case 'simulator': {
      const flags = ['--seconds', simulatedSeconds, '--stop-at-first'];
      return askSeeds(killer, root, ['sim/main.js', ...rangeOf(killer), ...flags]);
    }
  }
}

const rangeOf = ({ from, seeds }: SeedKiller): readonly string[] => [
  '--from',
  String(from),
  '--seeds',
  String(seeds),
];

type SeedKiller = Exclude<Killer, { readonly kind: 'tests' }>;

async function askSeeds(
  killer: SeedKiller,
  root: string,
  [main = '', ...args]: readonly string[],
): Promise<Verdict> {
  const command = [process.execPath, join(root, 'dist', 'test', main), ...args];
  const { exitCode, output, cpuMs } = await runChild(command, { cwd: root, limitMs });
  if (exitCode === 0) return { kill: undefined, cpuMs };
  if (exitCode === undefined) {
    return { kill: { by: `${killer.kind}: does not end`, killer }, cpuMs };
  }
  const [, seed, what] = /^seed (\d+) (\S+) BROKEN/m.exec(output) ?? [];
  if (seed === undefined) throw new Error(`${command.join(' ')} failed:\n${output}`);
  const by = `${killer.kind}, seed ${seed}: ${what}`;
  return { kill: { by, killer: { ...killer, from: Number(seed), seeds: 1 } }, cpuMs };
}

/** What we read of the report of Vitest. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

async function askTests(
  killer: Extract<Killer, { readonly kind: 'tests' }>,
  root: string,
): Promise<Verdict> {
  const path = join(root, 'report.json');
  rmSync(path, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const flags = ['run', '--config', 'vitest.config.js', '--reporter=json', `--outputFile=${path}`];
  const names = killer.only === undefined ? [] : ['--testNamePattern', killer.only];
  const command = [process.execPath, vitest, ...flags, ...names, ...killer.files];
  const { exitCode, output, cpuMs } = await runChild(command, { cwd: root, limitMs });
  if (exitCode === 0) return { kill: undefined, cpuMs };
  if (exitCode === undefined) {
    return { kill: { by: `${killer.files.join(', ')}: does not end`, killer }, cpuMs };
  }
  const failure = existsSync(path) ? firstFailure(readFileSync(path, 'utf8'), root) : undefined;
  if (failure === undefined) throw new Error(`the tests did not run:\n${output}`);
  const { file, name } = failure;
  return { kill: { by: `${file}: ${name}`, killer: { kind: 'tests', files: [file] } }, cpuMs };
}

function firstFailure(
  report: string,
  root: string,
): { readonly file: string; readonly name: string } | undefined {
  const { testResults }: Report = JSON.parse(report);
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed === undefined) continue;
    return { file: relative(root, name), name: failed.fullName.trim() };
  }
  return undefined;
}
