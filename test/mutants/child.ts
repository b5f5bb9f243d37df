/** A child process, with what it said and how much processor time it and its children took. */
import { spawn } from 'node:child_process';

export interface ChildEnd {
  /** Undefined when it was stopped because its time was up. */
  readonly exitCode: number | undefined;
  readonly output: string;
  readonly cpuMs: number;
}

/**
 * Only a shell tells the processor time of children that have ended. It outlives the signal that
 * ends them, and tells on a channel of its own.
 */
const measure = 'trap : TERM; "$@" 3>&-; code=$?; times >&3; exit $code';
/** From the signal that asks to the one that does not. */
const killAfterMs = 3000;

export function runChild(
  command: readonly string[],
  options: { readonly cwd: string; readonly limitMs: number },
): Promise<ChildEnd> {
  const { cwd, limitMs } = options;
  const child = spawn('sh', ['-c', measure, 'sh', ...command], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const signal = (name: 'SIGTERM' | 'SIGKILL'): void => {
    // The group of a child that has ended by itself is gone.
    const isAlive = child.exitCode === null && child.signalCode === null;
    if (child.pid !== undefined && isAlive) process.kill(-child.pid, name);
  };
  // Who ends early leaves no child behind.
  const endNow = (): void => signal('SIGKILL');
  process.once('exit', endNow);
  let output = '';
  let times = '';
  let late = false;
  child.stdio[1]?.on('data', (part: Buffer) => {
    output += part.toString();
  });
  child.stdio[2]?.on('data', (part: Buffer) => {
    output += part.toString();
  });
  child.stdio[3]?.on('data', (part: Buffer) => {
    times += part.toString();
  });
  let killTimer: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    late = true;
    signal('SIGTERM');
    killTimer = setTimeout(() => signal('SIGKILL'), killAfterMs);
  }, limitMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      process.off('exit', endNow);
      const exitCode = late ? undefined : (code ?? -1);
      resolve({ exitCode, output, cpuMs: cpuMsOf(times) ?? limitMs });
    });
  });
}

/** The second line of `times` is the children's: `0m1.250s 0m0.090s`, user and system. */
function cpuMsOf(times: string): number | undefined {
  const found = [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (found.length !== 2) return undefined;
  return found.reduce((sum, [, minutes, seconds]) => {
    return sum + Number(minutes) * 60_000 + Number(seconds) * 1000;
  }, 0);
}
