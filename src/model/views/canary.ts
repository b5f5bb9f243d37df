/** A canary as people see it. */
import type { Canary } from '../dag.ts';

export interface CanaryView {
  readonly versionId: string;
  readonly share: number | null;
  readonly runsLeft: number | null;
  readonly failureRateMax: number | null;
  readonly runsMin: number;
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
}

export const canaryView = (canary: Canary): CanaryView => ({
  versionId: canary.versionId,
  share: canary.share,
  runsLeft: canary.runsLeft,
  failureRateMax: canary.failureRateMax,
  runsMin: canary.runsMin,
  started: canary.started,
  succeeded: canary.succeeded,
  failed: canary.failed,
});
