/** Every mutant, in the order of the table. */
import type { Mutant } from '../mutant.ts';
import { elections } from './elections.ts';
import { executors } from './executors.ts';
import { graph } from './graph.ts';
import { log } from './log.ts';
import { membership } from './membership.ts';
import { placement } from './placement.ts';
import { reads } from './reads.ts';
import { runtime } from './runtime.ts';
import { snapshots } from './snapshots.ts';
import { starts } from './starts.ts';
import { storage } from './storage.ts';
import { transport } from './transport.ts';
import { values } from './values.ts';
import { waits } from './waits.ts';
import { workflow } from './workflow.ts';

export const mutants: readonly Mutant[] = [
  ...elections,
  ...log,
  ...storage,
  ...snapshots,
  ...membership,
  ...reads,
  ...transport,
  ...runtime,
  ...workflow,
  ...graph,
  ...waits,
  ...starts,
  ...values,
  ...placement,
  ...executors,
];
