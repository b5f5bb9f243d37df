/**
 * The lifeline: every peer holds one idle connection to the node that leads, and so sees the end of
 * its process within milliseconds (docs/protocol/fail-over-hint.md).
 *
 * It owns the connection to the present leader, and the moment at which somebody says "it may be
 * dead". It does not own who leads, nor any consequence: what it says is a hint to Raft, and a
 * majority that hears the leader overrules it.
 *
 * Invariants:
 *   Z1  `dead` is called only for a leader whose connection was open, broke, and could not be made
 *       anew because nobody listens there. A connection that merely broke says nothing, and a
 *       machine that vanished without a word is for the probe and the election time-out.
 *   Z2  There is one connection at a time, or one timer.
 *   Z3  After `stop`, or once another node leads, nothing is said about the old leader.
 */
import type { NodeId } from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { openLine } from './lifeline-connection.ts';

export interface LifelineOptions {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly trace: Trace;
  /** Base URL of a node's HTTP endpoint; undefined while it is not known. */
  readonly addressOf: (node: NodeId) => string | undefined;
  readonly dead: (leader: NodeId) => void;
}

/** A hint is repeated this often, because the other followers may notice later. */
export const hintEveryMs = 25;
/** Nobody listens to it longer than this: by then the time-outs are at work. */
export const hintForMs = 2_000;
/** Between two tries to reach a leader that has not been reached. */
const tryAgainMs = 1_000;
/** A young cluster learns within moments where its nodes are. */
const unknownMs = 100;
/** A connection that broke sooner is not followed by another at once. */
const heldMsMin = 100;

/** What goes on, and how it is called off. */
interface Phase {
  readonly kind: 'idle' | 'reaching' | 'open' | 'hinting';
  readonly callOff: () => void;
}

const idle: Phase = { kind: 'idle', callOff: () => {} };

export class Lifeline {
  readonly #options: LifelineOptions;
  #leader: NodeId | undefined;
  #phase: Phase = idle;
  #stopped = false;

  constructor(options: LifelineOptions) {
    this.#options = options;
  }

  /** Raft's word on who leads. While nobody does, the last leader is still the one to watch. */
  leaderIs(leader: NodeId | undefined): void {
    if (this.#stopped || leader === undefined) return;
    if (leader === this.#leader && this.#phase.kind !== 'hinting') return;
    this.#leader = leader;
    if (leader === this.#options.self) this.#enter(idle);
    else this.#connect(leader);
  }

  /** Whether the leader is connected, so that its end would be seen. */
  get isOpen(): boolean {
    return this.#phase.kind === 'open';
  }

  stop(): void {
    this.#enter(idle);
    this.#stopped = true;
  }

  /** `isSecond`: the connection before this one was open until now (Z1). */
  #connect(leader: NodeId, isSecond = false): void {
    const { clock, addressOf } = this.#options;
    this.#enter(idle);
    const address = addressOf(leader);
    if (address === undefined || !isHttp(address)) {
      this.#connectLater(leader, unknownMs);
      return;
    }
    let openedAt: number | undefined;
    const line = openLine({
      clock,
      address,
      opened: () => {
        openedAt = clock.monotonicMs();
        this.#phase = { ...this.#phase, kind: 'open' };
      },
      ended: (how) => {
        this.#options.trace('debug', 'lifeline.ended', { leader, how });
        const held = openedAt !== undefined && clock.monotonicMs() - openedAt >= heldMsMin;
        if (held) this.#connect(leader, true);
        else if (how === 'gone' && isSecond) this.#hint(leader);
        else this.#connectLater(leader);
      },
    });
    this.#enter({ kind: 'reaching', callOff: () => line.close() });
  }

  #connectLater(leader: NodeId, delayMs = tryAgainMs): void {
    const timer = this.#options.clock.after(delayMs, () => this.#connect(leader));
    this.#enter({ kind: 'reaching', callOff: () => timer.cancel() });
  }

  /** Nobody listens where the leader was: says so until another leader is heard, or time is up. */
  #hint(leader: NodeId, leftMs = hintForMs): void {
    if (leftMs <= 0) {
      this.#connectLater(leader);
      return;
    }
    const again = (): void => this.#hint(leader, leftMs - hintEveryMs);
    const timer = this.#options.clock.after(hintEveryMs, again);
    this.#enter({ kind: 'hinting', callOff: () => timer.cancel() });
    // At the end, because it may bring about anything, `stop` included.
    this.#options.dead(leader);
  }

  /** Z2, Z3. */
  #enter(phase: Phase): void {
    this.#phase.callOff();
    this.#phase = phase;
  }
}

/** Nodes serve plain HTTP; an address that is none came from a version that differs. */
const isHttp = (address: string): boolean =>
  URL.canParse(address) && new URL(address).protocol === 'http:';
