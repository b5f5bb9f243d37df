/**
 * Failpoints in the executor's process: where it starts a task and where it reports its end. The
 * peer hands orders over, because only it listens to people.
 */
import type { Wire } from '../actors/wire.ts';
import { executorPlaces, type FailpointOrder } from '../api/test-hooks.ts';
import type { Processes } from '../base/ports.ts';
import { type FailpointBody, Failpoints, processBody } from './test-hooks-failpoints.ts';
import { hookWire } from './test-hooks-wire.ts';

export interface ExecutorHooks {
  arm(order: FailpointOrder): void;
  processes(processes: Processes): Processes;
  wire(wire: Wire): Wire;
}

export function makeExecutorHooks(body: FailpointBody = processBody): ExecutorHooks {
  const failpoints = new Failpoints(executorPlaces, body);
  return {
    arm: (order) => void failpoints.arm(order),
    processes: (processes) => hookProcesses(processes, failpoints, body),
    wire: (wire) => hookWire(wire, failpoints),
  };
}

const hookProcesses = (
  processes: Processes,
  failpoints: Failpoints,
  body: FailpointBody,
): Processes => ({
  start: (spec, observe) => {
    if (!failpoints.passNow('before-spawn')) {
      body.after(0, () => observe({ kind: 'failed', reason: 'the failpoint spawn fails' }));
      return { signal: () => {}, sweep: (done) => body.after(0, done) };
    }
    const running = processes.start(spec, observe);
    failpoints.passNow('after-spawn');
    return running;
  },
});
