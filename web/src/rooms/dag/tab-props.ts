/** What each tab of a DAG's page is given. */
import type { DagDetailView } from '../../../../src/model/views/dag.ts';

export interface TabProps {
  readonly dag: DagDetailView;
}
