/** One attempt of a runner, and what is observed of it. */
import type { RunEvent, Runner, RunningJob, RunResult, Work } from '../runner.ts';

export interface Observed {
  readonly job: RunningJob;
  readonly started: Promise<void>;
  readonly result: Promise<RunResult>;
  /** In their order; more than `started` and `ended` is a mistake of the runner. */
  readonly events: readonly RunEvent['kind'][];
}

export function observed(runner: Runner, work: Work): Observed {
  const events: RunEvent['kind'][] = [];
  let begun = (): void => {};
  let ended: (result: RunResult) => void = () => {};
  const started = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const result = new Promise<RunResult>((resolve) => {
    ended = resolve;
  });
  const job = runner.start(work, (event) => {
    events.push(event.kind);
    if (event.kind === 'started') begun();
    else ended(event.result);
  });
  return { job, started, result, events };
}
