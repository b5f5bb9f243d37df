import { type WallMs, wallMs } from '../../base/brand.ts';
import type { Instance } from '../instance.ts';
import type { Turn } from '../turn.ts';

/** When a task that waits without a slot has waited long enough; null: as long as its run. */
export const timeLimit = (turn: Turn, { spec }: Instance): WallMs | null =>
  spec.timeoutMs === null ? null : wallMs(turn.at + spec.timeoutMs);
