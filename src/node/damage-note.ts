/**
 * A note to the next start: what this life found damaged while it ran. The databases are open then
 * and stay so until the process ends, so nothing can be moved; and the damage may be where an
 * opening does not look. The note is a file of one line in the data directory.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { damageFile } from '../storage/set-aside.ts';
import { type Ending, exitCodes } from './ending.ts';

const whyCharactersMax = 4096;

/** Best effort: on a broken disk the next start may have to find out by itself. */
export async function noteDamage(dataDir: string, { why }: Ending): Promise<void> {
  await writeFile(join(dataDir, damageFile), why.slice(0, whyCharactersMax)).catch(() => {});
}

/** Undefined when the last life ended without damage. */
export async function readDamage(dataDir: string): Promise<Ending | undefined> {
  const why = await readFile(join(dataDir, damageFile), 'utf8').catch(() => undefined);
  return why === undefined ? undefined : { code: exitCodes.storage, why };
}

export async function forgetDamage(dataDir: string): Promise<void> {
  await rm(join(dataDir, damageFile), { force: true });
}

/** How many former lives of this directory are kept. */
export async function keptAside(dataDir: string): Promise<number> {
  const names = await readdir(dataDir).catch(() => []);
  return names.filter((name) => name.startsWith('set-aside-')).length;
}
