/** Small loads for tests, with every default written once. */
import type { Cluster, Load, LoadTask } from './load.ts';

export const fourCores: Cluster = { nodes: 1, coresPerNode: 4 };

/** A task of one core behind those at the places `after`. */
export const part = (
  differs: Partial<LoadTask> & { readonly after?: readonly number[] } = {},
): LoadTask => {
  const { after = [], ...more } = differs;
  return { parents: after, ms: 10, cores: 1, memoryBytes: 2 ** 20, ...more };
};

export const loadWith = (tasks: readonly LoadTask[], cluster = fourCores): Load => ({
  ...{ tasks, cluster },
  clamped: 0,
  unmeasured: 0,
});
