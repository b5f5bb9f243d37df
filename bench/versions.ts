/** What was measured, by its versions. */
import { execFileSync } from 'node:child_process';
import { checkout, findProgram } from '../cluster/places.ts';

/** Short, with a `+` behind it where files differ from it. */
export function checkoutCommit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', checkout, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
        .toString()
        .trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'unknown (not a checkout of git)';
  }
}

/** What a program says of itself, or why it says nothing. */
export function versionOf(program: string, flag = '--version'): string {
  const path = findProgram(program);
  if (path === undefined) return `${program} is not here`;
  const line = execFileSync(path, [flag]).toString().split('\n')[0] ?? '';
  return line.trim();
}
