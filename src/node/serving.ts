/**
 * The part of a node that has databases open: opened when the cluster is known, opened again when a
 * snapshot has been installed, and given up when the directory turns out to be damaged.
 *
 * Owns: the assembled peer. Does not own: the process, or what it is made of (executor, HTTP).
 */
import type { NodeConfig } from '../api/config.ts';
import type { PeerService } from '../api/service.ts';
import type { Cancellable, Disk } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { noMembers } from '../raft/members.ts';
import type { Identity } from '../storage/identity.ts';
import { type Assembled, assembleService } from './assemble.ts';
import { noteDamage } from './damage-note.ts';
import { type Ending, exitCodes } from './ending.ts';
import { askForLeader } from './first-leader.ts';
import type { FormedCluster } from './forming.ts';
import { type Expectation, saveIdentity, startOver } from './life.ts';
import type { Peer } from './peer.ts';
import type { PeerFailure } from './peer-failure.ts';
import { realClock } from './real-ports.ts';
import type { StatusSources } from './status.ts';
import type { PortHooks } from './test-hooks.ts';

export interface ServingOptions {
  readonly config: NodeConfig;
  readonly disk: Disk;
  readonly sources: StatusSources;
  readonly hooks: PortHooks;
  readonly trace: Trace;
  readonly identity: Identity;
  readonly expected: Expectation;
  readonly isDiskLow: () => boolean;
  /** Takes part from now on. */
  readonly serves: (cluster: FormedCluster) => void;
  /** The node must end. */
  readonly ended: (ending: Ending) => void;
  /** The directory was set aside: the node must end, and start again. */
  readonly startsOver: (why: string) => void;
}

export class Serving {
  readonly #options: ServingOptions;
  #assembled: Assembled | undefined;
  /** Settles when the databases are open, or will not be. */
  #opening: Promise<void> = Promise.resolve();
  #isNew: boolean;
  #asking: Cancellable | undefined;
  #stopping = false;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#isNew = !options.identity.hasStores;
  }

  get peer(): Peer | undefined {
    return this.#assembled?.peer;
  }

  get service(): PeerService | undefined {
    return this.#assembled?.service;
  }

  open(cluster: FormedCluster): void {
    this.#opening = this.#open(cluster).catch((error: unknown) => {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.ended({ code: exitCodes.invariant, why: `INVARIANT: ${why}` });
    });
  }

  /** Hands leadership over, if it is here; for an orderly end. */
  async handOver(): Promise<void> {
    this.#stopping = true;
    await this.#opening;
    this.#asking?.cancel();
    const raft = this.#assembled?.peer.raft;
    if (raft?.status().role !== 'leader') return;
    await new Promise<void>((done) => raft.transfer(undefined, () => done()));
  }

  async stop(): Promise<void> {
    const assembled = this.#assembled;
    if (assembled === undefined) return;
    await assembled.endNodes();
    assembled.close();
    await new Promise<void>((done) => assembled.peer.stop(done));
  }

  async #open(cluster: FormedCluster): Promise<void> {
    if (this.#stopping) return;
    const { config, disk, sources, hooks, trace, serves, ended } = this.#options;
    const opened = await assembleService({
      ...{ config, disk, sources, trace, create: this.#isNew },
      clock: hooks.clock(realClock),
      wire: hooks.wire(sources.postbox),
      members: { ...noMembers, voters: cluster.voters },
      hook: hooks.committed,
      replaced: () => this.#reopen(cluster),
      failed: (failure) => void this.#failed(failure),
    });
    if (!opened.ok) {
      await this.#cannotOpen(opened.error);
      return;
    }
    const { identity: known } = this.#options;
    const founds = this.#isNew && cluster.voters[0]?.node === known.node;
    if (this.#isNew) {
      const identity = { ...known, ...cluster, hasStores: true };
      const refused = await saveIdentity(disk, identity);
      if (refused !== undefined) return ended(refused);
      this.#isNew = false;
    }
    this.#assembled = opened.value;
    opened.value.peer.raft.diskLow = this.#options.isDiskLow();
    opened.value.peer.start();
    const { raft } = opened.value.peer;
    if (founds) this.#asking = askForLeader({ self: known.node, clock: realClock, raft });
    serves(cluster);
  }

  /** The peer has installed a snapshot and stopped: it opens again on what that brought. */
  #reopen(cluster: FormedCluster): void {
    this.#assembled?.close();
    this.#assembled = undefined;
    this.#options.trace('info', 'node.reopens', {});
    this.open(cluster);
  }

  /** No store is open: a damaged directory starts over at once. */
  async #cannotOpen(failure: PeerFailure): Promise<void> {
    const { config, disk, identity, expected, ended, startsOver } = this.#options;
    const cause = endingOf(failure);
    if (failure.kind !== 'damaged' || !config.rejoin) return ended(cause);
    const healed = await startOver(disk, { identity, expected, cause });
    if (healed.ok) startsOver(cause.why);
    else ended(healed.error);
  }

  /** The stores are open and stay so until the process ends; the next start sets them aside. */
  async #failed(failure: PeerFailure): Promise<void> {
    const { config, ended } = this.#options;
    if (failure.kind === 'damaged') await noteDamage(config.dataDir, endingOf(failure));
    ended(endingOf(failure));
  }
}

const codes = {
  storage: exitCodes.storage,
  damaged: exitCodes.storage,
  invariant: exitCodes.invariant,
  identity: exitCodes.identity,
} as const satisfies Record<PeerFailure['kind'], number>;

const endingOf = ({ kind, why }: PeerFailure): Ending => ({ code: codes[kind], why });
