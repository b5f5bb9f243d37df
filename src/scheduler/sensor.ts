import { formatDuration } from '../base/duration.ts';
import type { SensorSpec } from '../model/dag-flow.ts';

/** How a sensor ends that has looked long enough. */
export function gaveUp({ onTimeout, giveUpMs }: SensorSpec): {
  readonly status: 'failed' | 'skipped';
  readonly reason: string;
} {
  const reason = `what it waits for did not come within ${formatDuration(giveUpMs ?? 0)}`;
  return { status: onTimeout === 'fail' ? 'failed' : 'skipped', reason };
}
