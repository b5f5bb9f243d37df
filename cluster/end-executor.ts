/**
 * An executor outlives a peer that was killed, for as long as another one may come. Whoever means
 * the whole node ends both.
 */
import { executorAt } from '../src/node/adoption-place.ts';
import { until } from './problem.ts';

/** SIGKILL, if it lives. */
export function killExecutor(dataDir: string): void {
  const pid = executorAt(dataDir);
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** The same, and waits until it is gone. */
export async function endExecutor(dataDir: string): Promise<void> {
  killExecutor(dataDir);
  const patience = { withinMs: 10_000, everyMs: 5 };
  await until(
    'the end of an executor',
    patience,
    () => executorAt(dataDir) === undefined || undefined,
  );
}
