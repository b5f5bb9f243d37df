/**
 * A checker watches one group of invariants. It is told of events as they happen and says what is
 * broken; it changes nothing, and it draws no numbers.
 */
import type { MembersChanged } from '../../../src/api/service.ts';
import type { StoreOperation } from '../../../src/base/ports.ts';
import type { CommittedTurn } from '../../../src/scheduler/world.ts';
import type { Chronicle, Recorded } from '../chronicle.ts';
import type { Effect, Effects, Seen } from '../effects.ts';
import type { SimNode } from '../node.ts';
import type { SimOptions } from '../options.ts';

/** What checkers see. */
export interface Scene {
  readonly options: SimOptions;
  readonly nodes: readonly SimNode[];
  readonly chronicle: Chronicle;
  readonly effects: Effects;
  readonly nowMs: number;
  violate(invariant: string, text: string): void;
  /** Something happened that a batch of seeds should have seen. */
  saw(sight: string): void;
}

export interface Checker {
  /** A node says that it leads in `term`. */
  leads?(node: SimNode, term: number): void;
  /** It has applied the empty entry of its term: from here on it decides. */
  takesOver?(): void;
  /** A batch of a node's Raft log became durable. */
  logged?(node: SimNode, operations: readonly StoreOperation[]): void;
  /** A node opened its log, after a start or a restart. */
  opened?(node: SimNode): void;
  /** A node applied a committed entry. */
  committed?(node: SimNode, turn: CommittedTurn): void;
  /**
   * A decision of an entry that nobody had reported before; the chronicle's rows are as it left
   * them. What came when within it is told by the order of its changes.
   */
  recorded?(decision: Recorded): void;
  /** Somebody who asked for a change of the members was told that it is so. */
  membersTold?(told: MembersChanged): void;
  /** A program started. */
  started?(effect: Effect, seen: Seen): void;
  /** The event that just ran has ended. */
  settled?(): void;
  /** The simulation is over: nothing is under way. */
  over?(): void;
}

export type MakeChecker = (scene: Scene) => Checker;
