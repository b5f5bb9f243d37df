/**
 * Effects: what a committed turn releases. State implies every one of them, so a lost effect is
 * only a delay (law 4): the next heartbeat's difference, or the client's repeat, brings it again.
 */
import type { Incarnation, NodeId, RequestId, Token } from '../base/brand.ts';
import type { Result } from '../base/result.ts';
import type { TraceFields, TraceLevel } from '../base/trace.ts';
import type { CommandReply } from '../model/command.ts';
import type { AttemptId, Dispatch } from '../model/protocol.ts';
import type { Refusal } from '../model/refusal.ts';
import type { LookBack } from './look-backs.ts';

/** One life of one node's executor. */
export interface ExecutorAddress {
  readonly node: NodeId;
  readonly incarnation: Incarnation;
}

export type Effect =
  | {
      readonly kind: 'answer';
      readonly gateway: NodeId;
      readonly requestId: RequestId;
      readonly bodyDigest: string;
      readonly answer: Result<CommandReply, Refusal>;
      /** Remembered, so that another copy of the request is answered alike. */
      readonly kept: boolean;
    }
  | { readonly kind: 'dispatch'; readonly to: ExecutorAddress; readonly dispatch: Dispatch }
  | { readonly kind: 'revoke'; readonly to: ExecutorAddress; readonly id: AttemptId }
  | { readonly kind: 'ack'; readonly to: ExecutorAddress; readonly tokens: readonly Token[] }
  /** The ledger is asked for a run that has ended; it answers with an input. */
  | { readonly kind: 'look-back'; readonly question: LookBack }
  /** What operators should hear of, once it is true. */
  | {
      readonly kind: 'trace';
      readonly level: TraceLevel;
      readonly event: string;
      readonly fields: TraceFields;
    }
  /** A read of live rows that saw this turn: nobody is shown what is not committed (law 7). */
  | { readonly kind: 'release-read'; readonly release: () => void; readonly again: () => void };
