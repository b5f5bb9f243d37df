/**
 * The offers of one pass over the ready queue: who is served next.
 *
 * Namespaces share the cluster by weight: the one that has the least of its share is served first,
 * by the largest part that it uses of any resource (dominant resource fairness), now and in the
 * last minute (`share-memory.ts`). Within a namespace the higher priority class goes first, a class
 * higher for each `classAgeingMs` of waiting; then DAGs share alike, where they are to; then the
 * order of the tasks decides. What waits for something that it cannot get holds nobody up.
 *
 * Shares change with every placement of the pass, and only grow in it.
 */
import type { Namespace } from '../base/brand.ts';
import { Heap } from '../base/heap.ts';
import type { SchedulingRow } from '../model/scheduling.ts';
import { agedRank } from './order.ts';
import { type Entry, goesFirst, isSorted, type OpenShape, type Shape } from './shapes.ts';

/** Who shares with whom, at this moment. */
export interface Sharing {
  readonly fairShare: SchedulingRow['fairShare'];
  readonly classAgeingMs: number;
  readonly now: number;
  /** What a namespace, or a DAG of it (by its key), has and had lately of its share. */
  shareOf(namespace: Namespace, dag: string | null): number;
}

export interface Offer {
  readonly shape: Shape;
  readonly first: Entry;
}

/** Offers that are alike in all that goes before the order of tasks. */
interface Lane {
  readonly rank: number;
  readonly dag: string | null;
  readonly offers: Heap<Offer>;
}

/** One that shares: a namespace, or all of them together where nobody does. */
interface Sharer {
  readonly namespace: Namespace;
  readonly lanes: Map<string, Lane>;
  /** Undefined: to be worked out. */
  share: number | undefined;
}

/** Where the offers of a shape stand. */
interface Place {
  readonly key: string;
  readonly sharer: Sharer;
  readonly lane: Lane;
}

export class Offers {
  /** All of this pass, and those that may have something to offer. */
  readonly #known = new Map<string, Sharer>();
  readonly #sharers = new Map<string, Sharer>();
  readonly #lanes = new Map<Shape, Place>();
  readonly #sharing: Sharing;
  readonly #isOpen: (shape: OpenShape) => boolean;
  readonly #closed = new Set<Shape>();
  /** Rooms that somebody asks for, and those of them that no node has. */
  readonly #rooms = new Set<string>();
  readonly #full = new Set<string>();

  constructor(
    shapes: Iterable<Shape>,
    sharing: Sharing,
    /** Cheap: false, and nothing of the shape is offered now. */
    isOpen: (shape: OpenShape) => boolean,
  ) {
    this.#sharing = sharing;
    this.#isOpen = isOpen;
    for (const shape of shapes) this.add(shape);
  }

  add(shape: Shape): void {
    const first = shape.waiting.peek();
    if (first === undefined || this.#isClosed(shape)) return;
    if (isSorted(shape) && !this.#isOpen(shape)) return;
    this.#laneOf(shape).offers.push({ shape, first });
  }

  close(shape: Shape, because: 'blocked' | 'full'): void {
    if (because === 'blocked') this.#closed.add(shape);
    else this.#full.add(shape.room);
  }

  /** One of the shape was placed: its namespace has more now. */
  placed(shape: Shape): void {
    const place = this.#lanes.get(shape);
    if (place !== undefined) place.sharer.share = undefined;
  }

  next(): Offer | undefined {
    if (this.#full.size < this.#rooms.size) {
      const sharer = this.#poorest();
      return sharer && this.#firstLane(sharer)?.offers.pop();
    }
    return undefined;
  }

  /** Of two that have the same, the one whose first task goes first. */
  #poorest(): Sharer | undefined {
    let best: { sharer: Sharer; offer: Offer; share: number } | undefined;
    for (const [key, sharer] of this.#sharers) {
      const offer = this.#firstLane(sharer)?.offers.peek();
      if (offer === undefined) {
        this.#sharers.delete(key);
        continue;
      }
      if (this.#sharers.size === 1) return sharer;
      sharer.share ??= this.#sharing.shareOf(sharer.namespace, null);
      const { share } = sharer;
      const isBetter =
        best === undefined ||
        share < best.share ||
        (share === best.share && goesFirst(offer.first, best.offer.first));
      if (isBetter) best = { sharer, offer, share };
    }
    return best?.sharer;
  }

  #firstLane({ namespace, lanes }: Sharer): Lane | undefined {
    const { classAgeingMs, now, shareOf, fairShare } = this.#sharing;
    let best: { lane: Lane; rank: number; share: number; first: Entry } | undefined;
    for (const lane of lanes.values()) {
      const offer = this.#peek(lane);
      if (offer === undefined) continue;
      const { first } = offer;
      const rank = agedRank(lane.rank, now - first.task.runCreatedAt, classAgeingMs);
      if (best !== undefined && rank < best.rank) continue;
      const share = fairShare === 'dags' ? shareOf(namespace, lane.dag) : 0;
      const isBetter =
        best === undefined ||
        rank > best.rank ||
        share < best.share ||
        (share === best.share && goesFirst(first, best.first));
      if (isBetter) best = { lane, rank, share, first };
    }
    return best?.lane;
  }

  /** The first offer of the lane that still holds; those before it are dropped. */
  #peek({ offers }: Lane): Offer | undefined {
    for (let offer = offers.peek(); offer !== undefined; offer = offers.peek()) {
      // When a more urgent task has come into the shape, that one has been offered as well.
      const isFirst = offer.shape.waiting.peek() === offer.first;
      if (isFirst && !this.#isClosed(offer.shape)) return offer;
      offers.pop();
    }
    return undefined;
  }

  /** The lane of a shape, which is looked for once in a pass. */
  #laneOf(shape: Shape): Lane {
    const known = this.#lanes.get(shape);
    const place = known ?? this.#newPlace(shape);
    // Who had nothing left was dropped, and may have something again.
    if (!this.#sharers.has(place.key)) this.#sharers.set(place.key, place.sharer);
    return place.lane;
  }

  #newPlace(shape: Shape): Place {
    this.#rooms.add(shape.room);
    const key = this.#sharerKey(shape);
    const { namespace, rank } = shape;
    const sharer = this.#known.get(key) ?? { namespace, lanes: new Map(), share: undefined };
    this.#known.set(key, sharer);
    const dag = this.#sharing.fairShare === 'dags' ? shape.dag : null;
    const name = `${rank} ${dag ?? ''}`;
    const lane = sharer.lanes.get(name) ?? { rank, dag, offers: new Heap(offersFirst) };
    sharer.lanes.set(name, lane);
    const place = { key, sharer, lane };
    this.#lanes.set(shape, place);
    return place;
  }

  #sharerKey({ namespace }: Shape): string {
    return this.#sharing.fairShare === 'none' ? '' : namespace;
  }

  #isClosed(shape: Shape): boolean {
    return this.#closed.has(shape) || this.#full.has(shape.room);
  }
}

const offersFirst = (left: Offer, right: Offer): boolean => goesFirst(left.first, right.first);
