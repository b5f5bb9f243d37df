/**
 * Callers that changed the configuration and wait until the change is committed. The core lets one
 * change at a time through, so there is one waiting at most. It goes by what a majority has, and
 * speaks of a commit when this node's own disk has it as well: whoever waits while the next change
 * is accepted has his.
 *
 * Y1  Every caller is answered once; `unknown` when leadership was lost before the commit (P17).
 */
import type { LogIndex } from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { ChangeRefusal } from './types.ts';

export type ChangeFailure = ChangeRefusal | 'mixed-versions' | 'quorum-at-risk' | 'unknown';
export type ChangeDone = (result: Result<LogIndex, ChangeFailure>) => void;

export class DriverChanges {
  readonly #clock: Clock;
  #waiting: { readonly index: LogIndex; readonly done: ChangeDone } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  accepted(index: LogIndex, done: ChangeDone): void {
    if (this.#waiting !== undefined) this.#end(ok(this.#waiting.index));
    this.#waiting = { index, done };
  }

  refused(reason: ChangeFailure, done: ChangeDone): void {
    this.#clock.soon(() => done(fail(reason)));
  }

  committed(index: LogIndex): void {
    if (this.#waiting !== undefined && index >= this.#waiting.index) this.#end(ok(index));
  }

  /** Another term has begun, or this node stops: the entry may stay or go. */
  lost(): void {
    this.#end(fail('unknown'));
  }

  #end(result: Result<LogIndex, ChangeFailure>): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#clock.soon(() => waiting.done(result));
  }
}
