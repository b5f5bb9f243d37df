/**
 * A turn: all that the leader decides from one drain of its mailbox; one Raft entry.
 *
 * Owns: the facts, changes and effects of the turn. `emit` is the only way by which a decision
 * changes the state, and it applies at once, so that the next decision of the same turn sees it
 * (law 2). Does not own: the state, or what becomes of the turn (the horizon).
 *
 * Invariants:
 *   T1  A turn is all or nothing; so is each decision in it: one that throws is undone to its
 *       begin, and what is refused in it has changed nothing.
 *   T2  `index` is the log index that the turn's entry gets: tokens and generated ids are made of
 *       it.
 */
import { assert, present } from '../base/assert.ts';
import { type LogIndex, type Term, type Token, token, type WallMs } from '../base/brand.ts';
import { fail, type Result } from '../base/result.ts';
import type { Fact } from '../model/fact.ts';
import { recordVersionOf } from '../model/newness.ts';
import type { ReadonlyState } from '../model/readonly-state.ts';
import { type Decision, type RecordVersion, recordVersionMax } from '../model/record.ts';
import type { Applied, State } from '../model/state.ts';
import type { Board } from './board.ts';
import type { Effect } from './effect.ts';
import type { Input } from './input.ts';
import { roughBytes } from './rough-bytes.ts';

/** Attempts that one turn may assign. Part of the format of tokens: never changed. */
export const tokensPerTurn = 1024;

/**
 * Rough bytes after which a turn is closed although more messages wait: a few large rows fill an
 * entry as well as many small ones.
 */
export const bytesPerTurnMax = 256 * 1024;

/** The decision would write what a member of the cluster is too old to understand (P90). */
export class MembersTooOld extends Error {}

interface OpenDecision {
  readonly what: string;
  readonly by: string;
  readonly facts: Fact[];
}

/** How far a turn has come. */
interface Mark {
  readonly facts: number;
  readonly applied: number;
  readonly effects: number;
  readonly bytes: number;
  readonly version: RecordVersion;
}

export class Turn {
  readonly term: Term;
  readonly index: LogIndex;
  readonly at: WallMs;
  /** The same by a clock that does not jump: not later (`RecordClock.steady`). */
  readonly steadyAt: WallMs;
  /** What was decided on; each can be tried by itself. */
  readonly inputs: Input[] = [];
  readonly decisions: Decision[] = [];
  readonly applied: Applied[] = [];
  readonly effects: Effect[] = [];
  /** Rough size of the record so far. */
  bytes = 0;
  /** Of the record: the oldest that can carry its facts. */
  version: RecordVersion = 1;
  readonly #state: State;
  readonly #board: Board;
  readonly #versionMax: RecordVersion;
  readonly #unaskedMax: RecordVersion;
  readonly #versionsPending: boolean;
  #open: OpenDecision | undefined;
  #idsMade = 0;
  #tokensTaken = 0;

  constructor(
    world: { readonly state: State; readonly board: Board },
    place: {
      readonly term: Term;
      readonly index: LogIndex;
      readonly at: WallMs;
      readonly steadyAt?: WallMs;
      /** The newest record that every member understands. */
      readonly versionMax?: RecordVersion;
      /** The same of what nobody has asked for. */
      readonly unaskedMax?: RecordVersion;
      /** Whether a member had yet to say what it understands when the turn began. */
      readonly versionsPending?: boolean;
    },
  ) {
    this.#state = world.state;
    this.#board = world.board;
    this.term = place.term;
    this.index = place.index;
    this.at = place.at;
    this.steadyAt = place.steadyAt ?? place.at;
    this.#versionMax = place.versionMax ?? recordVersionMax;
    this.#unaskedMax = place.unaskedMax ?? this.#versionMax;
    this.#versionsPending = place.versionsPending ?? false;
  }

  get state(): ReadonlyState {
    return this.#state;
  }

  /**
   * Whether every member is known to understand records of this version. To be asked before
   * something is written that nobody has asked for.
   */
  canSay(version: RecordVersion): boolean {
    return version <= this.#unaskedMax;
  }

  /**
   * The same of what somebody has asked for; undefined while a member that may be there has not
   * said its version yet.
   */
  canSayAsked(version: RecordVersion): boolean | undefined {
    if (this.canSay(version)) return true;
    return this.#versionsPending ? undefined : version <= this.#versionMax;
  }

  get board(): Board {
    return this.#board;
  }

  /**
   * A fencing token for one attempt: the log index of this turn and the attempt's place in it, in
   * one number. Tokens of one task instance only grow, and no two attempts share one (law 11).
   */
  takeToken(): Token {
    const place = this.#tokensTaken;
    assert(place < tokensPerTurn, 'T2: a turn has room for its tokens');
    this.#tokensTaken += 1;
    return token(this.index * tokensPerTurn + place);
  }

  /** An id that no other turn makes: the log index and a number within the turn. */
  generateId(prefix: string): string {
    this.#idsMade += 1;
    return `${prefix}-${this.index}-${this.#idsMade}`;
  }

  /**
   * Runs one decision. What it emits becomes one group of facts in the record. If it throws, the
   * state is as it was before and the error goes on to the caller (T1).
   */
  decide<T>(decision: { readonly what: string; readonly by: string }, make: () => T): T {
    assert(this.#open === undefined, 'T1: decisions do not nest');
    const { what, by } = decision;
    const open: OpenDecision = { what, by, facts: [] };
    const begin = this.#mark(open);
    this.#open = open;
    try {
      const result = make();
      if (open.facts.length > 0) this.decisions.push({ what, by, facts: open.facts });
      return result;
    } catch (error) {
      this.#backTo(begin, open);
      throw error;
    } finally {
      this.#open = undefined;
    }
  }

  /**
   * A part of a decision that may be refused: then it has changed nothing (T1). `ifTooNew` is the
   * refusal where a member is too old to understand what it would write.
   */
  unlessRefused<T, E>(make: () => Result<T, E>, ifTooNew: E): Result<T, E> {
    const open = present(this.#open, 'T1: a part belongs to a decision');
    const begin = this.#mark(open);
    const result = unlessTooNew(make, ifTooNew);
    if (!result.ok && this.applied.length > begin.applied) this.#backTo(begin, open);
    return result;
  }

  /** Records and applies one fact. */
  emit(fact: Fact): void {
    const version = recordVersionOf(fact);
    if (version > this.#versionMax) throw new MembersTooOld();
    if (version > this.version) this.version = version;
    this.bytes += roughBytes(fact);
    const open = present(this.#open, 'T1: facts are emitted within a decision');
    const applied = this.#state.apply(fact);
    this.applied.push(applied);
    open.facts.push(fact);
    this.#board.observe(applied);
  }

  /** Takes effect when the turn is committed. */
  release(effect: Effect): void {
    this.effects.push(effect);
  }

  /** Puts back everything that the turn changed. The board is stale afterwards. */
  undo(): void {
    this.#undoTo(0);
  }

  #mark({ facts }: OpenDecision): Mark {
    const { applied, effects, bytes, version } = this;
    return {
      facts: facts.length,
      applied: applied.length,
      effects: effects.length,
      bytes,
      version,
    };
  }

  #backTo(mark: Mark, open: OpenDecision): void {
    this.#undoTo(mark.applied);
    open.facts.length = mark.facts;
    this.effects.length = mark.effects;
    this.bytes = mark.bytes;
    this.version = mark.version;
    this.#board.rebuild();
  }

  #undoTo(length: number): void {
    while (this.applied.length > length) {
      const last = present(this.applied.pop(), 'T1: there is a change to undo');
      this.#state.undo(last);
    }
  }
}

function unlessTooNew<T, E>(make: () => Result<T, E>, ifTooNew: E): Result<T, E> {
  try {
    return make();
  } catch (error) {
    if (error instanceof MembersTooOld) return fail(ifTooNew);
    throw error;
  }
}
