/** States in words, the same in the history, on the command line and in the browser. */
import { unreachable } from '../../base/assert.ts';
import type { EndingStage } from '../run.ts';
import type { WaitsView } from './task.ts';

/** How a reader writes an instant; the history keeps it as it is. */
export type TimeWriter = (time: string) => string;

/** What a deferred task waits for: `waits for an approval, until 2026-01-31T03:00:00.000Z`. */
export function waitsText(waits: WaitsView, timeOf: TimeWriter = (time) => time): string {
  const { until } = waits;
  const at = until === null ? '' : timeOf(until);
  const limit = until === null ? '' : `, until ${at}`;
  switch (waits.for) {
    case 'time':
      return `waits until ${at}`;
    case 'look':
      return `looked ${timesText(waits.looks ?? 0)}, looks again at ${at}`;
    case 'round':
      return `goes round again at ${at}`;
    case 'approval':
      return `waits for an approval${limit}`;
    case 'run':
      return `waits for run ${waits.runId} of ${waits.dagId}${limit}`;
    case 'event':
      return `waits for an event${limit}`;
    default:
      return unreachable(waits.for);
  }
}

const timesText = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** What a run does whose graph has ended: `runs its hooks, will be failed`. */
export const endingText = (ending: {
  readonly becoming: string;
  readonly stage: EndingStage;
}): string => `${stageTexts[ending.stage]}, will be ${ending.becoming}`;

const stageTexts: Readonly<Record<EndingStage, string>> = {
  hooks: 'runs its hooks',
  compensate: 'undoes what was done',
  stopped: 'undoes no more',
};
