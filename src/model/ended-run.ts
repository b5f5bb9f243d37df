/** An ended run, packed: everything that is known of it, in one value of the ledger. */
import type { ExpansionRow } from './map.ts';
import type { OutputRow } from './output.ts';
import type { RunRow } from './run.ts';
import type { TaskRow } from './task-instance.ts';

export interface EndedRun {
  readonly run: RunRow;
  readonly tasks: readonly TaskRow[];
  readonly outputs: readonly OutputRow[];
  /** Of its maps; absent where it has none. */
  readonly expansions?: readonly ExpansionRow[];
}
