/**
 * Views: rows as people see them, the same in HTTP, command line and web. Pure; times are ISO 8601
 * texts, amounts are in the units in which people write them, what is not there is null.
 */

export { type ArtifactView, type AttemptView, artifactView } from './views/attempt.ts';
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
export { instanceSteps, loudestFirst, type TaskState, taskStates } from './views/instances.ts';
export {
  instanceRows,
  type MapView,
  mappedShownMax,
  type RunDetailView,
  type RunRows,
  type RunView,
  runDetailSteps,
  runDetailView,
  runView,
} from './views/run.ts';
export {
  type TaskDetailView,
  type TaskView,
  taskDetailView,
  taskView,
  type WaitsView,
} from './views/task.ts';
export { endingText, waitsText } from './views/words.ts';
