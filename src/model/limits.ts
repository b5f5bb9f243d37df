/**
 * Everything that grows has a named limit (law 12). These are the model's; rooms have their own.
 */
export const limits = {
  /** Tasks of one DAG version: as many as one log entry can carry, with room to spare. */
  tasksPerDag: 10_000,
  /** Edges of one DAG version. */
  edgesPerDag: 200_000,
  /** Longest chain of dependencies. */
  depth: 5_000,
  dags: 20_000,
  /** Versions of one DAG that are remembered. */
  versionsPerDag: 1_000,
  /** Runs that have not ended. */
  liveRuns: 20_000,
  /** Answers kept for repeated requests. */
  requests: 200_000,
  /** Of all params of one run together, as JSON: a hundred runs may start in one log entry. */
  paramBytes: 16 * 1024,
  schedulesPerDag: 16,
  retries: 100,
  nodes: 2_000,
} as const;
