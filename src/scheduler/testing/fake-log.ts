/** A replicated log for tests: proposals wait in a tail until the test commits or drops them. */
import { type LogIndex, logIndex, type Term, term } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Entry } from '../../raft/log-store.ts';
import type { ProposeRefusal, SchedulerLog } from '../world.ts';

export class FakeLog implements SchedulerLog {
  readonly entries: Entry[] = [];
  /** Whoever proposes in another term is refused, as Raft does. */
  term: Term = term(0);
  refuses: ProposeRefusal | undefined;
  /** A larger payload is refused. */
  entryBytesMax = Number.POSITIVE_INFINITY;
  /** After so many more entries it is overloaded. */
  takesMax = Number.POSITIVE_INFINITY;
  /** Whether a majority answers; if not, questions wait in `questions`. */
  confirms = true;
  readonly questions: ((result: Result<LogIndex, unknown>) => void)[] = [];
  #committed = 0;

  get committed(): LogIndex {
    return logIndex(this.#committed);
  }

  get pending(): number {
    return this.entries.length - this.#committed;
  }

  nextIndex(): LogIndex {
    return logIndex(this.entries.length + 1);
  }

  propose(by: Term, payload: Uint8Array): Result<LogIndex, ProposeRefusal> {
    if (by !== this.term) return fail('not-leader');
    if (this.refuses !== undefined) return fail(this.refuses);
    if (payload.length > this.entryBytesMax) return fail('too-large');
    if (this.takesMax <= 0) return fail('overloaded');
    this.takesMax -= 1;
    const index = this.nextIndex();
    this.entries.push({ index, term: by, payload });
    return ok(index);
  }

  readIndex(done: (result: Result<LogIndex, unknown>) => void): void {
    if (this.confirms) done(ok(this.committed));
    else this.questions.push(done);
  }

  /** The empty entry of a new leader. */
  beginTerm(next: Term): void {
    this.term = next;
    this.entries.push({ index: this.nextIndex(), term: next, payload: new Uint8Array(0) });
  }

  /** Commits at most `count` entries of the tail and returns them. */
  commit(count = Number.POSITIVE_INFINITY): readonly Entry[] {
    const taken = this.entries.slice(this.#committed, this.#committed + count);
    this.#committed += taken.length;
    return taken;
  }

  /** Another leader overwrites what was not committed. */
  dropTail(): void {
    this.entries.length = this.#committed;
  }
}
