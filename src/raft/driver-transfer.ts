/**
 * One leadership transfer as its caller sees it: from the request until the target leads, somebody
 * else does, or it is given up.
 */
import type { NodeId } from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import type { TransferFailure } from './types.ts';

export type TransferDone = (result: Result<NodeId, Refusal>) => void;

const refusals = {
  'not-leader': refusal('NO_LEADER', 'this node does not lead'),
  'already-leader': refusal('TRANSFER_FAILED', 'this node leads already'),
  'not-a-voter': refusal('NOT_A_VOTER', 'there is no such voter to lead'),
  busy: refusal('TRANSFER_FAILED', 'another transfer is under way'),
  timeout: refusal('TRANSFER_FAILED', 'the target did not take over in time'),
} as const satisfies Record<TransferFailure, Refusal>;

const failed = (why: string): Result<NodeId, Refusal> => fail(refusal('TRANSFER_FAILED', why));

export class DriverTransfer {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #done: TransferDone | undefined = undefined;
  #to: NodeId | undefined = undefined;
  #deadline = 0;
  #stopped = false;

  /** After `timeoutMs` the outcome counts as unknown, and the caller is told so. */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Returns whether the core should be asked. */
  begin(done: TransferDone): boolean {
    if (this.#done !== undefined || this.#stopped) {
      const why = this.#stopped ? 'not-leader' : 'busy';
      this.#clock.soon(() => done(fail(refusals[why])));
      return false;
    }
    this.#done = done;
    this.#to = undefined;
    this.#deadline = this.#clock.monotonicMs() + this.#timeoutMs;
    return true;
  }

  started(to: NodeId): void {
    this.#to = to;
  }

  failed(reason: TransferFailure): void {
    this.#end(fail(refusals[reason]));
  }

  leaderChanged(leader: NodeId | undefined): void {
    if (this.#to === undefined || leader === undefined) return;
    if (leader === this.#to) this.#end(ok(leader));
    else this.#end(failed(`${leader} leads instead`));
  }

  tick(): void {
    if (this.#done === undefined || this.#clock.monotonicMs() < this.#deadline) return;
    this.#end(failed('nobody leads yet; the target may still win'));
  }

  stop(): void {
    this.#stopped = true;
    this.#end(failed('this node stops'));
  }

  #end(result: Result<NodeId, Refusal>): void {
    const done = this.#done;
    this.#done = undefined;
    this.#to = undefined;
    if (done !== undefined) this.#clock.soon(() => done(result));
  }
}
