/** Inputs: everything that the leader decides on. `decide` has one file for each. */
import type { NodeId, WallMs } from '../base/brand.ts';
import type { DatedRun } from '../model/backfill.ts';
import type { EndedRun } from '../model/ended-run.ts';
import type {
  AttemptId,
  AttemptReport,
  CommandRequest,
  ExecutorToScheduler,
} from '../model/protocol.ts';
import type { Deadline } from './deadlines.ts';
import type { ExecutorAddress } from './effect.ts';
import type { LookedBack } from './look-backs.ts';

/** What the provider of a node pool has to say. */
export interface Scaled {
  readonly kind: 'scaled';
  readonly pool: string;
  /** When that was decided what the outcome is about. */
  readonly at: WallMs;
  readonly outcome: string;
  /** Released nodes that there are no more. */
  readonly gone: readonly NodeId[];
}

export type Heartbeat = Extract<ExecutorToScheduler, { readonly kind: 'heartbeat' }>;

export type Input =
  | {
      readonly kind: 'command';
      readonly gateway: NodeId;
      readonly request: CommandRequest;
      /** The run that the command names, if the ledger has it as ended. */
      readonly ended: EndedRun | null;
      /** Runs of the dates that the command asks about; absent: it asks about none. */
      readonly past?: readonly DatedRun[];
    }
  | {
      readonly kind: 'attempts-started';
      readonly executor: ExecutorAddress;
      readonly attempts: readonly { readonly id: AttemptId; readonly startedAt: WallMs }[];
    }
  | {
      readonly kind: 'attempts-ended';
      readonly executor: ExecutorAddress;
      readonly reports: readonly AttemptReport[];
    }
  /** A heartbeat that says something new of its node: another incarnation, capacity… */
  | { readonly kind: 'node-seen'; readonly heartbeat: Heartbeat }
  /** The node's lease has certainly ended (`docs/protocol`, step 6). */
  | { readonly kind: 'node-lost'; readonly executor: ExecutorAddress }
  | { readonly kind: 'deadline'; readonly deadline: Deadline }
  | LookedBack
  | Scaled;
