/**
 * What one attempt may take of its node: what its task says, and where it says nothing, the node.
 */
import type { ProcessLimits, ProcessUser } from '../base/ports.ts';
import type { Dispatch } from '../model/protocol.ts';

/** When an attempt's directory `work` is removed after its end. */
export type RemoveWork = 'never' | 'success' | 'always';

/** How a node treats the processes of its tasks; the same for all of them. */
export interface TaskSettings {
  /** Absent: tasks run as the user of the executor. `home` is their HOME. */
  readonly user?: ProcessUser & { readonly home: string };
  /** Where a task says no limit, what it asked for is its limit. */
  readonly capAtRequest: boolean;
  /** Processes and threads of one attempt. */
  readonly processesMax: number;
  readonly openFilesMax?: number;
  readonly fileBytesMax?: number;
  /** What an attempt's directory may hold where its task says nothing. */
  readonly workBytesMax?: number;
  readonly removeWork: RemoveWork;
}

export const defaultTaskSettings: TaskSettings = {
  capAtRequest: false,
  processesMax: 4096,
  removeWork: 'never',
};

type Asking = Pick<Dispatch, 'resources' | 'limits'>;

/**
 * A request is a promise of the scheduler and no limit (unless the node says so): a task that asked
 * for little may use what nobody else wants. Its processor request is its share when many want it.
 */
export function processLimits(asking: Asking, settings: TaskSettings): ProcessLimits {
  const { openFilesMax: openFiles, fileBytesMax: fileBytes } = settings;
  const cpuMilli = limitOf('cpu', asking, settings);
  const cpuShareMilli = asking.resources.cpu;
  const memoryBytes = limitOf('memory', asking, settings);
  return {
    processes: settings.processesMax,
    ...(cpuMilli !== undefined && { cpuMilli }),
    ...(cpuShareMilli !== undefined && cpuShareMilli > 0 && { cpuShareMilli }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(openFiles !== undefined && { openFiles }),
    ...(fileBytes !== undefined && { fileBytes }),
  };
}

/** What its directory may hold; undefined: whatever fits. Disk is not lent: a request is enough. */
export const workBytesMax = ({ resources, limits }: Asking, settings: TaskSettings) =>
  limits?.disk ?? resources.disk ?? settings.workBytesMax;

/** A limit of nothing at all would start nothing: it is taken for none. */
function limitOf(
  dimension: 'cpu' | 'memory',
  { resources, limits }: Asking,
  { capAtRequest }: TaskSettings,
): number | undefined {
  const limit = limits?.[dimension] ?? (capAtRequest ? resources[dimension] : undefined);
  return limit === 0 ? undefined : limit;
}
