/** What this machine offers to a chaos run: programs, and the two small ones that are compiled. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, findProgram } from '../places.ts';
import { Problem } from '../problem.ts';

export interface Tools {
  readonly natsServer: string;
  /** The task that writes the effect ledger. */
  readonly witness: string;
  /** The preloaded disk. */
  readonly diskShim: string;
  /** Null: clocks cannot be faked here. */
  readonly fakeClock: string | null;
}

/** Probes and compiles into `folder`; throws a `Problem` when it cannot do without something. */
export function provideTools(folder: string): Tools {
  const natsServer = provided('nats-server', 'nats-server');
  provided('gcc', 'gcc');
  if (!existsSync('/usr/include/stdio.h')) install('libc6-dev');
  const source = (name: string): string => join(checkout, 'cluster', 'chaos', 'native', name);
  const witness = join(folder, 'witness-task');
  const diskShim = join(folder, 'disk-shim.so');
  compile(['-o', witness, source('witness.c')]);
  compile(['-shared', '-fPIC', '-o', diskShim, source('disk-shim.c'), '-ldl']);
  if (fakeClock() === null) install('libfaketime');
  return { natsServer, witness, diskShim, fakeClock: fakeClock() };
}

function provided(name: string, debianPackage: string): string {
  if (findProgram(name) === undefined) install(debianPackage);
  const program = findProgram(name);
  if (program !== undefined) return program;
  throw new Problem(`chaos needs ${name}, which is not on PATH: install ${debianPackage}`);
}

/** As `npm test` does it; without root, or without Debian, it changes nothing. */
function install(debianPackage: string): void {
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) return;
  process.stderr.write(`Installing ${debianPackage} by apt-get…\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { stdio: 'ignore', env } as const;
  spawnSync('apt-get', ['--quiet=2', 'update'], quiet);
  const how = ['--quiet=2', 'install', '--yes', '--no-install-recommends'];
  spawnSync('apt-get', [...how, debianPackage], quiet);
}

function compile(args: readonly string[]): void {
  const { status, stderr } = spawnSync('gcc', ['-O2', '-Wall', ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Problem(`gcc failed: ${stderr}`);
}

/** Where Debian and others put libfaketime. */
const libraryFolders = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];

function fakeClock(): string | null {
  const folders = libraryFolders.filter((folder) => existsSync(folder));
  const inner = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(folder, name)),
  );
  const places = [...folders, ...inner].flatMap((folder) => [folder, join(folder, 'faketime')]);
  const name = 'libfaketime.so.1';
  return places.map((place) => join(place, name)).find((path) => existsSync(path)) ?? null;
}
