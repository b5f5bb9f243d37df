/**
 * Opens what a task has left, and nothing else: the task may have put a link to any file of the
 * node in its place.
 */
import {
  constants,
  type FileHandle,
  open,
  opendir,
  readlink,
  realpath,
  stat,
} from 'node:fs/promises';
import { sep } from 'node:path';

/**
 * A regular file below `root`, links that stay below it followed; undefined where it is anything
 * else. What was opened is checked, not what the name meant a moment before.
 */
export async function openInside(root: string, path: string): Promise<FileHandle | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const base = await realpath(root);
  const real = await realpath(path);
  if (!real.startsWith(`${base}${sep}`)) return undefined;
  // A named pipe would keep us waiting for its writer.
  const file = await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const isFine = await isInside(file, base).catch(() => false);
  if (isFine) return file;
  await file.close();
  return undefined;
}

/** The same for a folder; what is in it is opened one by one. */
export async function isFolderInside(root: string, path: string): Promise<boolean> {
  const base = await realpath(root);
  const real = await realpath(path);
  return real === base || real.startsWith(`${base}${sep}`);
}

async function isInside(file: FileHandle, base: string): Promise<boolean> {
  const stats = await file.stat();
  if (!stats.isFile()) return false;
  // A second name of a file of somebody else is a link as well.
  if (stats.nlink > 1 && stats.uid !== (await stat(base)).uid) return false;
  const opened = await readlink(`/proc/self/fd/${file.fd}`);
  return opened.startsWith(`${base}${sep}`);
}

/** The names in a folder, in the order of their code units; undefined where they are too many. */
export async function sortedNames(
  path: string,
  namesMax: number,
): Promise<readonly string[] | undefined> {
  const names: string[] = [];
  for await (const { name } of await opendir(path)) {
    if (names.length >= namesMax) return undefined;
    names.push(name);
  }
  return names.toSorted();
}
