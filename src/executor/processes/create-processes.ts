/** The real body of the Processes port. */
import type { Processes } from '../../base/ports.ts';
import { silentTrace, type Trace } from '../../base/trace.ts';
import { type ContainmentMode, probeContainment } from './containment.ts';
import { Forkers } from './forkers.ts';
import { type HelperClock, hostClock } from './host-clock.ts';

/** Helpers that are kept warm when nothing else is said. */
const helpersDefault = 4;

export interface ProcessesOptions {
  /** Helpers that are kept warm: about as many as tasks are expected to run at once. */
  readonly helpers?: number;
  readonly trace?: Trace;
  readonly clock?: HelperClock;
  /** Takes this way of containment instead of the strongest that the host allows. */
  readonly containment?: ContainmentMode;
}

export interface RealProcesses {
  readonly processes: Processes;
  /** How the tasks are kept from outliving the executor: shown in the node's status. */
  readonly mode: ContainmentMode;
  /** Ends all attempts and helpers; `done` when none of their processes is alive. */
  close(done: () => void): void;
}

/**
 * Holds the event loop for some 10 ms to find out what the host allows, and throws when it allows
 * no helper at all. Call it from the thread that lives as long as the executor: when that ends, the
 * kernel ends the helpers.
 */
export function createProcesses(options: ProcessesOptions = {}): RealProcesses {
  const trace = options.trace ?? silentTrace;
  const containment = probeContainment(trace, options.containment);
  const forkers = new Forkers({
    helpers: options.helpers ?? helpersDefault,
    containment,
    clock: options.clock ?? hostClock,
    trace,
  });
  return {
    processes: forkers,
    mode: containment.mode,
    close: (done) => forkers.close(done),
  };
}
