/**
 * Nodes as processes of the machine that leads. They join as learners and run tasks.
 *
 * Owns: the pool nodes that this node has started, as `pool-files.ts` keeps them; so a node that
 * was killed and comes back knows them again. Does not own the nodes that another leader has
 * started: it counts them, and sends them away by removing their membership.
 *
 * Invariants:
 *   L1  A name is the identity: `burst-1` is started only while nobody of that name is a member or
 *       has a row, and a second process of a name is refused by the first. So nothing is doubled,
 *       whoever leads.
 *   L2  Only a node that was released is ended while this node runs.
 *   L3  A node whose process died is started again with its data, under its own name.
 */
import { assert } from '../../base/assert.ts';
import { type NodeId, nodeId } from '../../base/brand.ts';
import type { Clock } from '../../base/ports.ts';
import type { Trace } from '../../base/trace.ts';
import { isProvided } from '../../model/node-pool.ts';
import { aliveIn, failed, type NodeSource, type PoolGoal, type Pursued } from './goal.ts';
import type { Hand } from './hand.ts';
import type { NodeCommand } from './node-command.ts';
import type { PoolFiles } from './pool-files.ts';

/** What the provider needs of the cluster's membership. */
export interface PoolMembers {
  has(name: NodeId): boolean;
  /** Members that this leader hears, or has heard of a moment ago. */
  heard(): readonly NodeId[];
  /** False: not now. */
  remove(name: NodeId): Promise<boolean>;
}

export interface LocalNodesOptions {
  readonly files: PoolFiles;
  readonly hand: Hand;
  readonly command: NodeCommand;
  readonly members: PoolMembers;
  readonly clock: Clock;
  readonly trace: Trace;
}

/** The nodes of a pool as they are, those on their way out left aside. */
interface Survey {
  readonly alive: ReadonlySet<NodeId>;
  /** Their processes live, and they take no tasks yet. */
  readonly coming: Set<NodeId>;
  /** Started by this node, and their processes have ended. */
  readonly resting: ReadonlySet<NodeId>;
}

/** One name is started at most so often. */
const startEveryMs = 5_000;
/** After it was asked to end, a node has so much time. */
const endMsMax = 30_000;
/** Nodes of one pool that are started in one round. */
const startsPerRound = 8;
/** The exit code of a node whose data does not belong to the cluster (any more). */
const identityExitCode = 71;

export class LocalNodes implements NodeSource {
  readonly againMs = 0;
  readonly #options: LocalNodesOptions;
  /** When each name was started last, on the clock that never goes back. */
  readonly #startedAt = new Map<string, number>();
  /** When each node was asked to end. */
  readonly #askedAt = new Map<string, number>();
  /** Why the newest start of a name came to nothing. */
  readonly #troubles = new Map<string, string>();

  constructor(options: LocalNodesOptions) {
    this.#options = options;
  }

  async pursue(goal: PoolGoal): Promise<Pursued> {
    if (process.platform !== 'linux') return failed('nodes as processes need Linux');
    try {
      const gone = await this.#endReleased(goal);
      const living = await this.#startMissing(goal);
      const alive = aliveIn(goal);
      const isDone = alive >= goal.wanted && goal.remove.length === 0;
      return { isDone, outcome: this.#outcome(goal, alive, living), gone };
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  /** This node ends in good order, and with it what it has started. */
  async endAll(): Promise<void> {
    const { files } = this.#options;
    for (const name of await files.names()) {
      const pid = await files.livingPid(name);
      if (pid !== undefined) signal(pid, 'SIGTERM');
    }
  }

  #outcome({ pool, wanted, remove }: PoolGoal, alive: number, coming: number): string {
    const parts = [`${alive} of ${wanted} nodes are up`];
    if (coming > 0) parts.push(`${coming} on their way`);
    if (remove.length > 0) parts.push(`${remove.join(', ')} on the way out`);
    const kind = { kind: 'local-process' } as const;
    for (const [name, why] of this.#troubles) {
      if (isProvided(kind, pool, name)) parts.push(`${name}: ${why}`);
    }
    return parts.join('; ');
  }

  /** Those that there are no more. */
  async #endReleased({ nodes, remove }: PoolGoal): Promise<readonly NodeId[]> {
    const { members } = this.#options;
    const gone: NodeId[] = [];
    for (const name of remove) {
      const isEnded = await this.#end(name);
      const isSilent = nodes.some((node) => node.name === name && node.state === 'lost');
      if (isEnded && isSilent && !members.has(name)) gone.push(name);
    }
    return gone;
  }

  /** Whether nothing of it is left here; then it is no member any more either, or soon. */
  async #end(name: NodeId): Promise<boolean> {
    const { files, members, clock, trace } = this.#options;
    const now = clock.monotonicMs();
    const pid = await files.livingPid(name);
    if (pid !== undefined) {
      const askedAt = this.#askedAt.get(name);
      if (askedAt === undefined) {
        trace('info', 'scaling.ends-node', { node: name });
        this.#askedAt.set(name, now);
        signal(pid, 'SIGTERM');
      } else if (now - askedAt > endMsMax) signal(pid, 'SIGKILL');
      return false;
    }
    // Elsewhere, or started by somebody who is gone: it ends when it hears that it is removed.
    if (members.has(name) && !(await members.remove(name))) return false;
    await this.#forget(name);
    return true;
  }

  async #forget(name: string): Promise<void> {
    await this.#options.files.remove(name);
    this.#askedAt.delete(name);
    this.#troubles.delete(name);
    this.#startedAt.delete(name);
  }

  /** How many nodes are on their way then. */
  async #startMissing(goal: PoolGoal): Promise<number> {
    const { alive, coming, resting } = await this.#survey(goal);
    let missing = Math.min(goal.wanted - alive.size - coming.size, startsPerRound);
    for (const name of resting) {
      if (missing > 0) {
        missing -= 1;
        if (await this.#start(goal, name)) coming.add(name);
      } else if (!this.#isTaken(goal, name)) await this.#forget(name);
    }
    for (let number = 1; missing > 0; number++) {
      const name = nodeId(`${goal.pool}-${number}`);
      if (resting.has(name) || coming.has(name) || this.#isTaken(goal, name)) continue;
      missing -= 1;
      if (await this.#start(goal, name)) coming.add(name);
    }
    return coming.size;
  }

  async #survey(goal: PoolGoal): Promise<Survey> {
    const { files, members } = this.#options;
    const alive = new Set<NodeId>();
    const leaving = new Set<NodeId>(goal.remove);
    for (const { name, state } of goal.nodes) {
      if (state === 'alive') alive.add(name);
      if (state === 'draining') leaving.add(name);
    }
    const coming = new Set<NodeId>();
    const resting = new Set<NodeId>();
    for (const name of await this.#ownNames(goal)) {
      if (leaving.has(name)) continue;
      const isLiving = (await files.livingPid(name)) !== undefined;
      if (!isLiving) {
        resting.add(name);
        alive.delete(name);
      } else if (alive.has(name)) this.#troubles.delete(name);
      else coming.add(name);
    }
    // It has joined and its executor was not heard yet; perhaps a leader before has started it.
    const rows = new Set(goal.nodes.map(({ name }) => name));
    for (const name of members.heard()) {
      const isNew = !rows.has(name) && !resting.has(name);
      if (isNew && isProvided(goal.provider, goal.pool, name)) coming.add(name);
    }
    return { alive, coming, resting };
  }

  /** L1. */
  #isTaken({ nodes }: PoolGoal, name: NodeId): boolean {
    return this.#options.members.has(name) || nodes.some((node) => node.name === name);
  }

  async #ownNames({ pool, provider }: PoolGoal): Promise<readonly NodeId[]> {
    const names = (await this.#options.files.names()).map(nodeId);
    return names.filter((name) => isProvided(provider, pool, name));
  }

  async #start({ pool, remove }: PoolGoal, name: NodeId): Promise<boolean> {
    const { files, hand, command, clock, trace } = this.#options;
    assert(!remove.includes(name), 'L1: a released node is not started');
    const now = clock.monotonicMs();
    const startedAt = this.#startedAt.get(name);
    if (startedAt !== undefined && now - startedAt < startEveryMs) return false;
    this.#startedAt.set(name, now);
    await files.prepare(name);
    const cwd = files.dataDir(name);
    const { program, args, env } = command({ name, pool, dataDir: cwd });
    const log = files.logFile(name);
    const launch = { program, args, env, cwd, input: '/dev/null', output: log, errors: log };
    const launched = await hand.start(launch);
    if (!launched.ok) {
      this.#troubles.set(name, launched.error);
      return false;
    }
    trace('info', 'scaling.starts-node', { node: name, pid: launched.value.pid });
    await files.notePid(name, launched.value.pid);
    void launched.value.exited.then((code) => this.#ended(name, code));
    return true;
  }

  async #ended(name: NodeId, code: number | null): Promise<void> {
    const { files, trace } = this.#options;
    if (code === null || this.#askedAt.has(name)) return;
    const words = await files.lastWords(name);
    trace('warn', 'scaling.node-ended', { node: name, code, words });
    this.#troubles.set(name, `ended with exit code ${code} ${words}`.trim());
    // Removed, or of another cluster: it can only begin anew.
    if (code === identityExitCode && !words.includes('ALREADY_RUNS')) await files.remove(name);
  }
}

/** It may have ended by itself in this moment. */
function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {}
}
