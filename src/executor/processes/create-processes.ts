/** The real body of the Processes port. */
import type { Processes } from '../../base/ports.ts';
import { silentTrace, type Trace } from '../../base/trace.ts';
import { atLowPriority, type ContainmentMode, probeContainment } from './containment.ts';
import { Forkers } from './forkers.ts';
import type { Controller } from './group-host.ts';
import { Groups } from './groups.ts';
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
  /** Whose control groups they are: the same for each life of a node, and of no other node. */
  readonly owner?: string;
  /** `auto`: below our own group; a path: below that one of version 2; `off`: none. */
  readonly cgroup?: string;
  /** Whether the host's processors are all taken; absent: they never are. */
  readonly isHostFull?: () => boolean;
}

/** How limits are kept: `prlimit` can keep few of them, and those of each process alone. */
export type LimitsMode = 'cgroup-v2' | 'cgroup-v1' | 'prlimit';

export interface RealProcesses {
  readonly processes: Processes;
  /** How the tasks are kept from outliving the executor: shown in the node's status. */
  readonly mode: ContainmentMode;
  readonly limits: LimitsMode;
  /** What the control groups limit or count; none with `prlimit`. */
  readonly controllers: readonly Controller[];
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
  const found = probeContainment(trace, options.containment);
  const clock = options.clock ?? hostClock;
  const { cgroup = 'auto', owner = `process-${process.pid}` } = options;
  const path = cgroup === 'auto' ? undefined : cgroup;
  const groups =
    cgroup === 'off' ? undefined : Groups.open({ owner, path, containment: found, clock, trace });
  const containment = groups === undefined ? atLowPriority(found) : found;
  const helpers = options.helpers ?? helpersDefault;
  const isHostFull = options.isHostFull ?? (() => false);
  const forkers = new Forkers({ helpers, containment, groups, clock, trace, isHostFull });
  const limits = groups === undefined ? 'prlimit' : (`cgroup-v${groups.version}` as const);
  trace('info', 'processes.limits', { limits, controllers: groups?.controllers.join(' ') ?? '' });
  return {
    processes: forkers,
    mode: containment.mode,
    limits,
    controllers: groups?.controllers ?? [],
    close: (done) => forkers.close(done),
  };
}
