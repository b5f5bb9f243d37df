/**
 * Packages of a peer, installed by name to a cache folder of this user when they are asked for.
 * They are no dependencies of Skein: nothing of them is in `package.json`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../../cluster/problem.ts';

const installMsMax = 300_000;
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'skein-bench-peers');

/** The folder that has them; what they are pinned to is part of its name. */
export function installPackages(peer: string, packages: readonly string[]): string | undefined {
  if (packages.length === 0) return undefined;
  const digest = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 8);
  const folder = join(cache, `${peer}-${digest}`);
  const stamp = join(folder, 'installed');
  if (existsSync(stamp)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  // An import that is written here finds the packages of this folder.
  writeFileSync(join(folder, 'load.mjs'), 'export const load = (name) => import(name);\n');
  const how = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    execFileSync('npm', ['install', ...how, '--prefix', folder, ...packages], {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: installMsMax,
      cwd: folder,
    });
  } catch {
    throw new Problem(`npm could not install ${packages.join(' ')}: see above`, 1);
  }
  writeFileSync(stamp, '');
  return folder;
}
