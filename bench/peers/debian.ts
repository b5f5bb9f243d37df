/** Servers that come from Debian: found here, or installed once where this is root. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../cluster/places.ts';
import { Problem } from '../../cluster/problem.ts';
import { print } from '../figures.ts';

export interface Debian {
  readonly package: string;
  /** A program of it, and how that says its version. */
  readonly program: string;
  readonly versionFlag: string;
}

const aptMsMax = 600_000;
const postgresRoot = '/usr/lib/postgresql';

/** The path of a program that has been provided. */
export function programOf(name: string): string {
  const found = findProgram(name) ?? inPostgres(name);
  if (found === undefined) throw new Problem(`${name} is not on PATH`, 1);
  return found;
}

/** Debian keeps the programs of each version of PostgreSQL in a folder of their own. */
function inPostgres(name: string): string | undefined {
  if (!existsSync(postgresRoot)) return undefined;
  const folders = readdirSync(postgresRoot).map((version) => join(postgresRoot, version, 'bin'));
  return folders.map((folder) => join(folder, name)).find(existsSync);
}

/** Installs the package where it is missing. Returns what its program says of its version. */
export function provide({ package: name, program, versionFlag }: Debian): string {
  if (!isHere(program)) {
    if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) {
      throw new Problem(`${program} is not here: \`sudo apt-get install ${name}\` brings it`, 1);
    }
    print(`apt-get installs ${name}; a service that Debian starts of it is not used here`);
    try {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const quiet = { stdio: 'ignore', timeout: aptMsMax, env } as const;
      execFileSync('apt-get', ['update'], quiet);
      execFileSync('apt-get', ['install', '--yes', '--no-install-recommends', name], quiet);
    } catch (error) {
      const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
      throw new Problem(`${name} could not be installed: ${why}`, 1);
    }
  }
  const said = execFileSync(programOf(program), [versionFlag]).toString();
  return said.split('\n')[0]?.trim() ?? '';
}

function isHere(program: string): boolean {
  return (findProgram(program) ?? inPostgres(program)) !== undefined;
}
