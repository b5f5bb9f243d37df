/** Definitions for tests, with every default written once, so that a test names what matters. */
import type { DagSpec, TaskSpec } from '../dag.ts';

/** A task that asks for one slot and nothing else. */
export const plainTask = (differs: Partial<TaskSpec> = {}): TaskSpec => ({
  action: { kind: 'noop' },
  dependsOn: [],
  triggerRule: 'all_success',
  retries: 0,
  retryDelayMs: 1000,
  retryBackoff: 'fixed',
  retryDelayMsMax: null,
  retryJitter: false,
  timeoutMs: null,
  idempotent: true,
  resources: { slots: 1 },
  labels: {},
  env: {},
  cwd: null,
  ...differs,
});

/** A DAG of these tasks that never starts by itself. */
export const plainSpec = (
  tasks: Readonly<Record<string, TaskSpec>>,
  differs: Partial<DagSpec> = {},
): DagSpec => ({
  description: '',
  owners: [],
  tags: [],
  schedules: [],
  startDate: null,
  endDate: null,
  catchUp: null,
  activeRunsMax: 16,
  priority: 0,
  timeoutMs: null,
  params: {},
  tasks,
  ...differs,
});
