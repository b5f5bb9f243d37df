/**
 * What a pass over the ready queue would do now with the first of every shape, decided by the very
 * rules of a pass, and done by nobody. When everything that fits is placed, it tells what is kept
 * for whom; what it says could be placed then, a pass has passed over.
 */
import type { Namespace, NodeId } from '../../base/brand.ts';
import { namedKey } from '../../model/keys.ts';
import type { NodeRow } from '../../model/node.ts';
import { defaultScheduling } from '../../model/scheduling.ts';
import { startable } from '../assign.ts';
import { gateKeysOf } from '../gate-keys.ts';
import { type Asked, GatePass, isBetterKept } from '../gate-pass.ts';
import { neighboursOf } from '../neighbours.ts';
import { Offers, type Sharing } from '../offers.ts';
import { expectedEnds } from '../running-ends.ts';
import { type Entry, isSorted, type OpenShape, type Shape, shapeFor } from '../shapes.ts';
import { sharingOf } from '../sharing.ts';
import type { Turn } from '../turn.ts';

/** A task that waits, and what it asks for. */
export interface Queued {
  readonly entry: Entry;
  readonly shape: OpenShape;
}

export interface PassAhead {
  readonly sharing: Sharing;
  /** Pools (by their key) and quotas that are kept until there is enough of them. */
  readonly keptPools: ReadonlyMap<string, Queued>;
  readonly keptQuotas: ReadonlyMap<Namespace, Queued>;
  /** Rooms that no node has, or may give away. */
  readonly fullRooms: ReadonlyMap<string, Queued>;
  /** The node that is kept for the first that fits nowhere. */
  readonly reserved: {
    readonly queued: Queued;
    readonly node: NodeId;
    readonly startsAtMs: number | null;
  } | null;
  /** What a pass would place. */
  readonly placeable: readonly Queued[];
}

/** `turn` is looked through, and nothing is decided in it. Looks at `offersMax` shapes at most. */
export function passAhead(
  turn: Turn,
  mayTake: (node: NodeRow) => boolean,
  offersMax: number,
): PassAhead {
  const { ready, fleet } = turn.board;
  fleet.open(mayTake);
  const sharing = sharingOf(turn);
  const pass = new LookAhead(turn, sharing);
  // What is closed must not be offered: it would take its lane along to where it stands itself.
  const offers = new Offers(ready.shapes(), sharing, (shape) => pass.isOpen(shape));
  for (let count = 0; count < offersMax; count++) {
    const offer = offers.next();
    if (offer === undefined) break;
    const { shape, first } = offer;
    const known = isSorted(shape) ? shape : sorted(turn, first);
    if (known !== null && pass.offer({ entry: first, shape: known }) === 'full') {
      offers.close(shape, 'full');
    }
  }
  return pass;
}

class LookAhead implements PassAhead {
  readonly sharing: Sharing;
  readonly keptPools = new Map<string, Queued>();
  readonly keptQuotas = new Map<Namespace, Queued>();
  readonly fullRooms = new Map<string, Queued>();
  readonly placeable: Queued[] = [];
  reserved: PassAhead['reserved'] = null;
  readonly #turn: Turn;
  readonly #gates: GatePass;

  constructor(turn: Turn, sharing: Sharing) {
    this.sharing = sharing;
    this.#turn = turn;
    this.#gates = new GatePass(turn);
  }

  isOpen({ demands, demand }: OpenShape): boolean {
    const closed = this.#gates.closedBy({ demands, resources: demand.resources });
    return closed === null || isBetterKept(closed);
  }

  offer(queued: Queued): 'full' | 'done' {
    const { entry, shape } = queued;
    const { estimates, fleet } = this.#turn.board;
    const { task, wish } = entry;
    const found = startable(this.#turn, task);
    if (found === undefined || found.live.run.isPaused === true) return 'done';
    const asked = { demands: shape.demands, resources: shape.demand.resources };
    if (!this.#gates.admits(asked, () => fleet.couldHold(shape.demand))) {
      this.#noteKept(asked, queued);
      return 'done';
    }
    const neighbours = neighboursOf(found.live, wish.task);
    const ms = estimates.longMs(task.namespace, task.dagId, task.taskId);
    if (fleet.choose(shape.demand, { ...neighbours, ms }) !== undefined) {
      this.placeable.push(queued);
      return 'done';
    }
    this.fullRooms.set(shape.room, queued);
    if (this.reserved === null) this.#reserve(queued, neighbours.apart);
    return 'full';
  }

  #noteKept(asked: Asked, queued: Queued): void {
    const closed = this.#gates.closedBy(asked);
    if (closed === null || !isBetterKept(closed)) return;
    const { namespace, pool } = asked.demands;
    const poolKey = pool === null ? null : namedKey(namespace, pool.name);
    const isKept = this.keptQuotas.has(namespace) || (poolKey && this.keptPools.has(poolKey));
    if (isKept) return;
    if (closed.kind === 'quota') this.keptQuotas.set(namespace, queued);
    else if (poolKey !== null) this.keptPools.set(poolKey, queued);
  }

  #reserve(queued: Queued, apart: ReadonlySet<NodeId> | undefined): void {
    const found = this.#turn.board.fleet.reserve(queued.shape.demand, {
      endingsOn: (node) => expectedEnds(this.#turn, node),
      nowMs: this.#turn.at,
      ...(apart && { apart }),
    });
    if (found === undefined) return;
    this.reserved = { queued, node: found.nodeId, startsAtMs: found.startsAtMs };
  }
}

/** The shape of a task whose keys are rendered; null: it has none that could be. */
export function sorted({ state, board, applied }: Turn, entry: Entry): OpenShape | null {
  const { namespace, runId } = entry.task;
  const live = state.run(namespace, runId);
  if (live === undefined) return null;
  const keys = gateKeysOf({ state, board, applied }, live, entry.wish.task, entry.task);
  if (!keys.ok) return null;
  const { fairShare } = state.scheduling() ?? defaultScheduling;
  const shape: Shape = shapeFor(entry, keys.value, fairShare).make();
  return isSorted(shape) ? shape : null;
}
