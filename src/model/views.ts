/**
 * Views: rows as people see them, the same in HTTP, command line and web. Pure; times are ISO 8601
 * texts, amounts are in the units in which people write them, what is not there is null.
 */
export {
  type ClusterView,
  clusterView,
} from './views/cluster.ts';
export {
  type DagView,
  dagDetailView,
  dagView,
  type VersionView,
  versionView,
} from './views/dag.ts';
export { type EventView, eventView } from './views/event.ts';
export {
  type RunDetailView,
  type RunRows,
  type RunView,
  runDetailView,
  runView,
} from './views/run.ts';
export {
  type AttemptView,
  type TaskDetailView,
  type TaskView,
  taskDetailView,
  taskStates,
} from './views/task.ts';
