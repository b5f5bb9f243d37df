/**
 * The gates during one pass over the ready queue: who is let through, and what that changes for the
 * next one.
 *
 * Owns: the starts that rates count in this pass, written as one fact for each key at its end; the
 * pools and quotas that are kept for somebody more urgent. Does not own: what is in use (`Gates`,
 * `Usage`).
 */
import type { Namespace } from '../base/brand.ts';
import { rateFact } from '../model/fact.ts';
import { namedKey } from '../model/keys.ts';
import { opensAt, type RateRow, rateKeysMax, startsWithin, withStart } from '../model/rate.ts';
import type { Resources } from '../model/resources.ts';
import type { Closed, Demands } from './gates.ts';
import { quotaClosed } from './quotas.ts';
import type { ScopeSource } from './scope-of.ts';
import type { Turn } from './turn.ts';

/** What is asked of the gates: by the shape of a task. */
export interface Asked {
  readonly demands: Demands;
  readonly resources: Resources;
}

export class GatePass {
  readonly #turn: Turn;
  readonly #started = new Map<string, RateRow>();
  /** Pools by their key, quotas by their namespace. */
  readonly #kept = new Set<string>();

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** Whether one of those who ask for this may come through, leaving aside who is first. */
  isOpen(asked: Asked): boolean {
    const closed = this.closedBy(asked);
    if (closed === null) return true;
    if (closed.kind === 'rate') this.#wakeFor(asked.demands, closed.opensAt);
    return isBetterKept(closed);
  }

  /**
   * Asks for the most urgent one. A pool that has slots, but not enough of them, is kept for it:
   * otherwise tasks that ask for less would take every slot as it comes free. So it is with what a
   * quota leaves. Nothing is kept for a task that no node could ever hold.
   */
  admits(asked: Asked, couldBePlaced: () => boolean): boolean {
    const { namespace, pool } = asked.demands;
    const poolName = pool === null ? null : namedKey(namespace, pool.name);
    if (poolName !== null && this.#kept.has(poolName)) return false;
    if (this.#kept.has(namespace)) return false;
    const closed = this.closedBy(asked);
    if (closed === null) return true;
    if (isBetterKept(closed) && couldBePlaced()) {
      if (closed.kind === 'quota') this.#kept.add(namespace);
      else if (poolName !== null) this.#kept.add(poolName);
    }
    return false;
  }

  /** An attempt has been assigned; all but its rate has been counted with its fact. */
  started({ namespace, rate }: Demands): void {
    if (rate === null) return;
    const row = withStart(
      rateRow(this.#turn, namespace, rate.name, this.#started),
      { namespace, ...rate },
      this.#turn.at,
    );
    this.#started.set(namedKey(namespace, row.name), row);
  }

  /** Records the starts of this pass (G3). */
  finish(): void {
    for (const row of this.#started.values()) this.#turn.emit(rateFact(row));
  }

  /** The first gate that is closed, if one is. */
  closedBy(asked: Asked): Closed | null {
    for (const closed of closedGates(this.#turn, asked, this.#started)) return closed;
    return null;
  }

  #wakeFor({ namespace, rate }: Demands, at: number): void {
    if (rate === null || !Number.isFinite(at)) return;
    this.#turn.board.gates.lookAt({ namespace, name: rate.name }, at);
  }
}

type Source = ScopeSource & Pick<Turn, 'at'>;

const noStarts: ReadonlyMap<string, RateRow> = new Map();

/** Every gate that is closed to a task. `started`: what rates count that is not in a row yet. */
export function* closedGates(
  source: Source,
  { demands, resources }: Asked,
  started = noStarts,
): Iterable<Closed> {
  const { state, board, at } = source;
  const { namespace, pool, concurrency, rate, ofDag, ofTask } = demands;
  const row = state.namespace(namespace);
  if (row) yield* quotaClosed(row.quota, board.usage.ofNamespace(namespace), resources);
  if (demands.name === '') return;
  if (pool !== null) {
    const slots = state.named('pool', namespace, pool.name)?.slots;
    const used = board.gates.slotsUsed(namespace, pool.name);
    if (slots === undefined) yield { kind: 'no-pool' };
    else if (used + pool.slots > slots) yield { kind: 'pool', asked: pool.slots, used, slots };
  }
  if (concurrency !== null) {
    const used = board.gates.alive(namespace, concurrency.key);
    if (used >= concurrency.max) yield { kind: 'concurrency', used };
  }
  if (ofDag !== null) {
    const used = board.usage.ofDag(namespace, ofDag.dagId).attempts;
    if (used >= ofDag.max) yield { kind: 'dag-max', used };
  }
  if (ofTask !== null) {
    const used = board.usage.ofTask(namespace, ofTask.dagId, ofTask.taskId);
    if (used >= ofTask.max) yield { kind: 'task-max', used };
  }
  if (rate === null) return;
  const counted = rateRow(source, namespace, rate.name, started);
  if (counted === undefined && state.count('rate') + started.size >= rateKeysMax) {
    yield { kind: 'rate-keys' };
  } else if (startsWithin(counted, at) >= rate.max) {
    yield { kind: 'rate', opensAt: opensAt(counted, rate.max, at) };
  }
}

const rateRow = (
  { state }: Pick<Source, 'state'>,
  namespace: Namespace,
  name: string,
  started: ReadonlyMap<string, RateRow>,
): RateRow | undefined =>
  started.get(namedKey(namespace, name)) ?? state.named('rate', namespace, name);

/** Whether waiting helps: some is free, and there is enough of it altogether. */
export function isBetterKept(closed: Closed): boolean {
  if (closed.kind === 'pool') return closed.used < closed.slots && closed.asked <= closed.slots;
  return closed.kind === 'quota' && closed.used < closed.most && closed.asked <= closed.most;
}
