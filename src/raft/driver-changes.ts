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
import type { MembersAt } from './members.ts';
import type { ChangeRefusal } from './types.ts';

export type ChangeFailure = ChangeRefusal | 'mixed-versions' | 'quorum-at-risk' | 'unknown';
/** The configuration that the change made, whatever others have made of it since. */
export type ChangeDone = (result: Result<MembersAt, ChangeFailure>) => void;

export class DriverChanges {
  readonly #clock: Clock;
  #waiting: { readonly made: MembersAt; readonly done: ChangeDone } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  accepted(made: MembersAt, done: ChangeDone): void {
    if (this.#waiting !== undefined) this.#end(ok(this.#waiting.made));
    this.#waiting = { made, done };
  }

  refused(reason: ChangeFailure, done: ChangeDone): void {
    this.#clock.soon(() => done(fail(reason)));
  }

  committed(index: LogIndex): void {
    const made = this.#waiting?.made;
    if (made !== undefined && index >= made.index) this.#end(ok(made));
  }

  /** Another term has begun, or this node stops: the entry may stay or go. */
  lost(): void {
    this.#end(fail('unknown'));
  }

  #end(result: Result<MembersAt, ChangeFailure>): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#clock.soon(() => waiting.done(result));
  }
}
