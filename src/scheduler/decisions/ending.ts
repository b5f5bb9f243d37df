import type { AttemptReport } from '../../model/protocol.ts';
import type { Instance } from '../instance.ts';
import type { LiveTaskRow } from '../task-rows.ts';

/** The end of an attempt that is the current one of its instance. */
export interface Ending {
  readonly instance: Instance;
  readonly row: LiveTaskRow;
  readonly report: AttemptReport;
  /** The run is being cancelled, and the task with it: nothing of it is to begin again. */
  readonly isStopping: boolean;
}
