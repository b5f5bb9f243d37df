/**
 * Where an executor can be found by a peer that has not started it: a private folder in the data
 * directory, with its socket and with the number of its process.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/result.ts';

const folderOf = (dataDir: string): string => join(dataDir, 'executor');
const pidFile = (dataDir: string): string => join(folderOf(dataDir), 'pid');

/** A longer path has no room in the address of a socket; Linux has room for 107 bytes. */
const pathBytesMax = 100;

/** Undefined: the path is too long for a socket. */
export function socketPath(dataDir: string): string | undefined {
  const path = join(folderOf(dataDir), 'socket');
  return Buffer.byteLength(path) > pathBytesMax ? undefined : path;
}

/**
 * Notes that this process is the executor, and clears the place of the one before, which is gone.
 * The error is what the disk said: then nobody can find this one.
 */
export function moveIn(dataDir: string): Result<undefined, string> {
  const folder = folderOf(dataDir);
  try {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o700);
    rmSync(join(folder, 'socket'), { force: true });
    writeFileSync(pidFile(dataDir), `${process.pid} ${sinceOf(process.pid)}\n`, { mode: 0o600 });
    return ok(undefined);
  } catch (error) {
    return fail(String(error));
  }
}

/** The process of the node's executor, if it lives; adopted or not. */
export function executorAt(dataDir: string): number | undefined {
  try {
    const [pid = '', since = ''] = readFileSync(pidFile(dataDir), 'utf8').trim().split(' ');
    return since !== '' && sinceOf(Number(pid)) === since ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** Which file it is; undefined: there is none. */
export function fileAt(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

/** When a process was started, in ticks since the boot: its number may be used again. */
function sinceOf(pid: number): string {
  try {
    // The command stands in parentheses and may contain anything, spaces included.
    const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return state === 'Z' || state === 'X' ? '' : (rest[startTimeField] ?? '');
  } catch {
    return '';
  }
}

/** `starttime` is field 22 of proc(5), and `rest` begins with field 4. */
const startTimeField = 18;
