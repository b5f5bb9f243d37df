// Programs that the tests run against, and that npm cannot bring: taken from Debian where possible.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { say } from './prepare.mjs';

/** Installs what is missing; where that is impossible it says so, and fails when CI is set. */
export function provide(names) {
  const missing = names.filter((name) => !isOnPath(name));
  if (missing.length === 0) return;
  if (process.getuid?.() === 0 && isOnPath('apt-get')) {
    say(`Installing ${missing.join(', ')} by apt-get…`);
    aptGet('update');
    aptGet('install', '--yes', '--no-install-recommends', ...missing);
  }
  const absent = missing.filter((name) => !isOnPath(name));
  if (absent.length === 0) return;
  const sentence = `${absent.join(', ')} not found on PATH, and could not be installed`;
  if (process.env.CI) throw new Error(`${sentence}: with CI set every test must run`);
  say(`\n*** ${sentence}: tests that need it are left out or fail ***\n`);
}

function aptGet(...args) {
  spawnSync('apt-get', ['--quiet=2', ...args], {
    stdio: ['ignore', 'ignore', 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

function isOnPath(name) {
  // Debian puts servers into sbin, which an ordinary user's PATH leaves out.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
