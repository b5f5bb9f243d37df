/** What the runners of code share: refusals, and paths as words of a command. */
import type { Clock } from '../../base/ports.ts';
import { failedWith, type RunEvent, type RunningJob } from '../runner.ts';

/** An attempt that cannot run, now or later, and why. */
export function refused(
  clock: Clock,
  reason: string,
  observe: (event: RunEvent) => void,
): RunningJob {
  const result = failedWith(reason, { retryable: false });
  clock.soon(() => observe({ kind: 'ended', result }));
  return { stop: () => {} };
}

/** A path that begins with a dash would be an option of the program that reads it. */
export const asPath = (file: string): string => (file.startsWith('-') ? `./${file}` : file);
