/**
 * Does nothing, successfully: a task that only joins others, and the measure of our own overhead.
 */
import type { Clock } from '../../base/ports.ts';
import { type Runner, succeeded } from '../runner.ts';

export const noopRunner = (clock: Clock): Runner => ({
  start(_dispatch, observe) {
    clock.soon(() => {
      observe({ kind: 'started' });
      observe({ kind: 'ended', result: succeeded() });
    });
    return { stop: () => {} };
  },
});
