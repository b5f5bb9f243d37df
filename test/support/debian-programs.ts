/**
 * Programs that tests run against and that npm cannot bring: found on PATH, or installed from
 * Debian's archive once. Where they cannot be had, the tests say so loudly, and fail when `CI` is
 * set.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Wanted {
  /** By the names of their files. */
  readonly programs: readonly string[];
  /** The packages of Debian that bring them. */
  readonly packages: readonly string[];
}

/** The paths of the programs, in their order; undefined where one of them is not to be had. */
export function findPrograms({ programs, packages }: Wanted): readonly string[] | undefined {
  const present = onPath(programs);
  if (present !== undefined) return present;
  if (process.getuid?.() === 0 && programOnPath('apt-get') !== undefined) {
    try {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const quiet = { stdio: 'ignore', timeout: 600_000, env } as const;
      execFileSync('apt-get', ['update'], quiet);
      execFileSync('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], quiet);
    } catch {
      // No archive here; the caller says what that means.
    }
  }
  const installed = onPath(programs);
  if (installed !== undefined) return installed;
  const sentence = `${programs.join(', ')} not on PATH, and could not be installed`;
  if (process.env.CI !== undefined) throw new Error(`${sentence}: CI must test against it`);
  console.warn(`\n*** ${sentence}: the tests against the real thing are left out ***\n`);
  return undefined;
}

function onPath(programs: readonly string[]): readonly string[] | undefined {
  const found = programs.map(programOnPath);
  return found.every((path) => path !== undefined) ? found : undefined;
}

export function programOnPath(program: string): string | undefined {
  // Debian puts servers into sbin, which an ordinary user's PATH leaves out.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
