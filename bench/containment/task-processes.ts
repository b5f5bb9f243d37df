/** The processes of attempts, by the environment that each attempt gives to what it starts. */
import { hostProcesses, readProc } from '../../cluster/chaos/host-processes.ts';
import { sleep } from '../../cluster/problem.ts';

export interface Attempt {
  readonly runId: string;
  readonly taskId: string;
  readonly token: number;
}

/** After a lease and two seconds nothing may be left of a task, whatever has happened. */
export const goneWithinMs = 12_000;
const lookEveryMs = 50;

/** Those that are alive: a zombie has no environment. */
export function processesOf(attempts: readonly Attempt[]): readonly number[] {
  const wanted = new Set(attempts.map(keyOf));
  return hostProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => {
      const variables = new Map(
        readProc(pid, 'environ')
          .split('\0')
          .map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
      );
      const runId = variables.get('SKEIN_RUN_ID');
      const taskId = variables.get('SKEIN_TASK_ID');
      if (runId === undefined || taskId === undefined) return false;
      return wanted.has(keyOf({ runId, taskId, token: Number(variables.get('SKEIN_TOKEN')) }));
    });
}

const keyOf = ({ runId, taskId, token }: Attempt): string => `${runId}/${taskId}/${token}`;

export interface Gone {
  readonly left: number;
  readonly tookMs: number;
}

/** Waits until nothing of them is alive, or for as long as it may take at most. */
export async function goneOf(attempts: readonly Attempt[]): Promise<Gone> {
  const beganMs = performance.now();
  for (;;) {
    const left = processesOf(attempts).length;
    const tookMs = performance.now() - beganMs;
    if (left === 0 || tookMs > goneWithinMs) return { left, tookMs };
    await sleep(lookEveryMs);
  }
}
