/** The processes of this machine as /proc shows them. */
import { readdirSync, readFileSync } from 'node:fs';

export interface HostProcess {
  readonly pid: number;
  readonly parent: number;
}

export function hostProcesses(): readonly HostProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // The command stands in parentheses and may contain anything, spaces included.
      const rest = readProc(Number(name), 'stat').replace(/^.*\)/s, '').trim().split(' ');
      return rest.length < 2 ? [] : [{ pid: Number(name), parent: Number(rest[1]) }];
    });
}

/** All processes below `pid`, children before grandchildren; in other namespaces too. */
export function descendants(pid: number): readonly number[] {
  const all = hostProcesses();
  const found: number[] = [];
  for (let level = [pid]; level.length > 0; ) {
    level = all.filter(({ parent }) => level.includes(parent)).map((process) => process.pid);
    found.push(...level);
  }
  return found;
}

/** A file of /proc/PID as text; empty when the process is gone. */
export function readProc(pid: number, file: 'stat' | 'status' | 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** Resident memory in bytes; 0 when the process is gone. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readProc(pid, 'status'))?.[1] ?? 0) * 1024;
}

/** Frozen by SIGSTOP. */
export const isStopped = (pid: number): boolean => /^State:\s+T/m.test(readProc(pid, 'status'));

/** Sends a signal to processes that may have ended meanwhile. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It is gone, which is what a signal to it could at most have achieved.
    }
  }
}
