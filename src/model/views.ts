/**
 * Views: rows as people see them, the same in HTTP, command line and web. Pure; times are ISO 8601
 * texts, amounts are in the units in which people write them, what is not there is null.
 */
export { type ClusterView, clusterView, type MemberRows, type MemberView } from './views/cluster.ts';
export {
  type DagDetailView,
  dagDetailView,
  type DagRows,
  type DagView,
  dagView,
  type VersionView,
  versionView,
} from './views/dag.ts';
export { type EventRows, type EventView, eventView } from './views/event.ts';
export {
  type RunDetailView,
  runDetailView,
  type RunRows,
  type RunView,
  runView,
} from './views/run.ts';
export {
  type AttemptView,
  type TaskDetailView,
  taskDetailView,
  type TaskState,
  taskStates,
  type TaskView,
  taskViews,
} from './views/task.ts';
