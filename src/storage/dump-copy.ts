/**
 * A copy of a data directory to look at. LevelDB cannot be opened for reading alone: opening
 * recovers the journal into a table and writes a new manifest. So the dump opens a copy, and the
 * directory stays as it is, bit by bit, which matters most when it is damaged.
 *
 * A directory that is in use is refused. LevelDB's lock is an advisory one on the file `log/LOCK`;
 * the guard is an empty database elsewhere whose LOCK is a link to that file. Opening it takes the
 * directory's own lock without touching anything else in it, and as long as it is held no node
 * starts there, so the copy is of one moment. The lock belongs to the process and is lost when any
 * descriptor of that file is closed: LOCK is therefore the one file that is never copied.
 *
 * Files are cloned where the file system can, and otherwise copied by the kernel; nothing is held
 * in memory. The copy lies below the system's folder for temporary files (TMPDIR).
 */
import { constants } from 'node:fs';
import { access, copyFile, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Disk, DiskError, Store } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { DiskFailure } from './disk-failure.ts';
import { openLevelDisk } from './level.ts';
import { unprovenFolder } from './table-check.ts';

/** What a dump looks at: small files, and folders of one store each. */
const knownNames = /^(identity|head|ledger-place|set-aside|log|ledger(-\d+)?)$/;

/** LevelDB's lock, what it writes for people, and the folder that has links. */
const leftOut: ReadonlySet<string> = new Set(['LOCK', 'LOG', 'LOG.old', unprovenFolder]);

export interface DirectoryCopy {
  readonly disk: Disk;
  readonly path: string;
  /** Gives the directory free, and removes the copy. */
  remove(): Promise<void>;
}

export async function copyDirectory(directory: string): Promise<Result<DirectoryCopy, DiskError>> {
  const source = resolve(directory);
  let temporary: string | undefined;
  try {
    const place = await mkdtemp(join(tmpdir(), 'skein-dump-'));
    temporary = place;
    const guard = await takeLock(source, place);
    if (!guard.ok) {
      await removeAll(place);
      return guard;
    }
    const target = join(place, 'data');
    await copyKnown(source, target);
    const disk = openLevelDisk(target);
    return ok({ disk, path: target, remove: () => release(place, guard.value) });
  } catch (error) {
    if (temporary !== undefined) await removeAll(temporary);
    return fail(new DiskFailure('io', `${source} could not be copied: ${messageOf(error)}`, error));
  }
}

/** Undefined when there is no lock to take: nobody has ever opened that log. */
async function takeLock(
  source: string,
  temporary: string,
): Promise<Result<Store | undefined, DiskError>> {
  const lock = join(source, 'log', 'LOCK');
  if (!(await isThere(lock))) return ok(undefined);
  const guard = join(temporary, 'guard');
  await mkdir(guard);
  await symlink(lock, join(guard, 'LOCK'));
  const opened = await new Promise<Result<Store, DiskError>>((done) =>
    openLevelDisk(temporary).openStore('guard', { create: true }, done),
  );
  if (opened.ok || (opened.error instanceof DiskFailure && opened.error.kind !== 'locked')) {
    return opened;
  }
  return fail(new DiskFailure('locked', `another process uses ${source}`, opened.error));
}

async function copyKnown(source: string, target: string): Promise<void> {
  await mkdir(target);
  for (const name of await readdir(source)) {
    if (!knownNames.test(name)) continue;
    const from = join(source, name);
    const to = join(target, name);
    if (!(await stat(from)).isDirectory()) {
      await copyOne(from, to);
      continue;
    }
    await mkdir(to);
    const files = await readdir(from);
    for (const file of files) {
      if (!leftOut.has(file)) await copyOne(join(from, file), join(to, file));
    }
    if (files.includes(unprovenFolder)) {
      await copyMerged(join(from, unprovenFolder), join(to, unprovenFolder), files);
    }
  }
}

/** Links to tables that are there need no copy of their own. */
async function copyMerged(from: string, to: string, files: readonly string[]): Promise<void> {
  await mkdir(to);
  for (const file of await readdir(from)) {
    if (!files.includes(file)) await copyOne(join(from, file), join(to, file));
  }
}

const copyOne = (from: string, to: string): Promise<void> =>
  copyFile(from, to, constants.COPYFILE_FICLONE);

async function release(temporary: string, guard: Store | undefined): Promise<void> {
  if (guard !== undefined) await new Promise<void>((done) => guard.close(done));
  await removeAll(temporary);
}

const removeAll = (temporary: string): Promise<void> =>
  rm(temporary, { recursive: true, force: true });

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
