/**
 * One process of the simulated peer: what a node does around its peer, in the production's own
 * order but without promises. Unfinished healing first, then the identity, then joining if the
 * directory has to, then the stores.
 *
 * It owns nothing that outlives the process: that is the disk's.
 */
import type { Incarnation, NodeId } from '../../src/base/brand.ts';
import type { Clock, Disk, Random } from '../../src/base/ports.ts';
import type { Trace } from '../../src/base/trace.ts';
import { Joining } from '../../src/node/joining.ts';
import { openPeer, type Peer, type PeerSettings } from '../../src/node/peer.ts';
import type { PeerFailure } from '../../src/node/peer-failure.ts';
import { noMembers } from '../../src/raft/members.ts';
import type { CommittedTurn } from '../../src/scheduler/world.ts';
import {
  type Identity,
  readIdentity,
  type Voter,
  writeIdentity,
} from '../../src/storage/identity.ts';
import { hasOrphans, healDirectory, resumeHealing } from '../../src/storage/set-aside.ts';
import { Postbox } from '../../src/transport/postbox.ts';
import { aliveSubject } from '../../src/transport/subjects.ts';
import { simCluster } from './cluster.ts';
import type { ProcessNetwork } from './network.ts';
import type { SimProcess } from './process.ts';

/** Why the process ends. `startsOver`: its directory was set aside, and it starts again at once. */
export type LifeEnd =
  | { readonly kind: 'failed'; readonly failure: PeerFailure }
  | { readonly kind: 'starts-over' }
  /** It cannot go on with this directory: a person has to empty it. */
  | { readonly kind: 'needs-empty-directory'; readonly why: string };

export interface PeerLifeOptions {
  readonly node: NodeId;
  readonly process: SimProcess;
  readonly network: ProcessNetwork;
  readonly random: Random;
  readonly trace: Trace;
  /** For the peer: its errors are watched. */
  readonly disk: Disk;
  /** For what happens before a store is open. */
  readonly bareDisk: Disk;
  readonly settings: PeerSettings;
  /** Those that form the cluster, for a node that is one of them and new; else none. */
  readonly formsWith: readonly Voter[];
  /** The incarnation of a directory that begins anew. */
  readonly fresh: Incarnation;
  /** An earlier life met damage while it ran. */
  readonly damage: string | undefined;
  readonly committed: (turn: CommittedTurn) => void;
  /** Log and ledger are open and are what the disk holds. */
  readonly opened: (life: PeerLife) => void;
  readonly ended: (end: LifeEnd) => void;
}

export class PeerLife {
  readonly process: SimProcess;
  readonly network: ProcessNetwork;
  readonly #options: PeerLifeOptions;
  #peer: Peer | undefined;
  #identity: Identity | undefined;
  #joining: Joining | undefined;

  constructor(options: PeerLifeOptions) {
    this.#options = options;
    this.process = options.process;
    this.network = options.network;
  }

  /** Undefined while the stores are not open. */
  get peer(): Peer | undefined {
    return this.#peer;
  }

  get incarnation(): Incarnation | undefined {
    return this.#identity?.incarnation;
  }

  begin(): void {
    const { bareDisk, damage } = this.#options;
    resumeHealing(bareDisk, (resumed) => {
      if (!resumed.ok) this.#needsEmptyDirectory(resumed.error.kind);
      else if (resumed.value !== undefined) this.#enter(resumed.value);
      else {
        readIdentity({ disk: bareDisk, expected: this.#expected() }, (found) => {
          if (!found.ok) this.#heal(`IDENTITY: ${found.error.kind}`);
          else if (found.value === undefined) this.#isItNew();
          else {
            this.#identity = found.value;
            if (damage === undefined) this.#enter(found.value);
            else this.#heal(damage);
          }
        });
      }
    });
  }

  /** The process is gone. */
  kill(): void {
    this.process.kill();
    this.network.kill();
    this.#joining?.stop();
    this.#peer = undefined;
  }

  #expected() {
    return { clusterName: simCluster.name, node: this.#options.node };
  }

  #isItNew(): void {
    hasOrphans(this.#options.bareDisk, (orphans) => {
      if (!orphans.ok) this.#needsEmptyDirectory(orphans.error.kind);
      else if (orphans.value) this.#heal('IDENTITY_CORRUPT: there is none');
      else this.#makeIdentity();
    });
  }

  #makeIdentity(): void {
    const { formsWith, fresh } = this.#options;
    const own = formsWith.find(({ node }) => node === this.#options.node);
    const identity: Identity = {
      ...{ ...this.#expected(), clusterId: simCluster.id },
      ...{ incarnation: own?.incarnation ?? fresh, voters: formsWith, hasStores: false },
    };
    this.#write(identity, () => this.#enter(identity));
  }

  #write(identity: Identity, next: () => void): void {
    writeIdentity({ disk: this.#options.bareDisk, identity }, (error) => {
      if (error === undefined) next();
      else this.#fail({ kind: 'storage', why: error.message });
    });
  }

  #enter(identity: Identity): void {
    this.#identity = identity;
    const { network, process, random, trace, node } = this.#options;
    const { clock } = process;
    const self = { node, side: 'peer', incarnation: identity.incarnation } as const;
    const { name: clusterName, id: clusterId, secret: key } = simCluster;
    const wire = new Postbox({ network, clock, random, self, clusterName, key, trace, clusterId });
    const mustJoin = identity.voters?.length === 0 && !identity.hasStores;
    if (!mustJoin) this.#open(wire, clock);
    else {
      this.#joining = new Joining({
        ...{ wire, clock },
        welcomed: () => this.#open(wire, clock),
        refused: (code, why) => this.#fail({ kind: 'identity', why: `${code}: ${why}` }),
      });
    }
  }

  #open(wire: Postbox, clock: Clock): void {
    const identity = this.#identity;
    if (identity === undefined) return;
    const { node, network, random, trace, disk, settings, committed } = this.#options;
    const members = { ...noMembers, voters: identity.voters ?? [] };
    const create = !identity.hasStores;
    openPeer(
      {
        ...{ self: node, members, clock, random, network, trace, wire, disk, settings, create },
        incarnation: identity.incarnation,
        aliveSubject: (other) => aliveSubject(simCluster.name, other),
        committed,
        leaderIs: () => {},
        replaced: () => {
          trace('info', 'node.reopens', {});
          this.#peer = undefined;
          this.#open(wire, clock);
        },
        onFailure: (failure) => this.#fail(failure),
      },
      (result) => {
        if (!result.ok) this.#cannotOpen(result.error);
        else if (identity.hasStores) this.#start(result.value);
        else {
          const known = { ...identity, hasStores: true };
          this.#identity = known;
          this.#write(known, () => this.#start(result.value));
        }
      },
    );
  }

  #start(peer: Peer): void {
    this.#peer = peer;
    peer.start();
    this.#options.opened(this);
  }

  #cannotOpen(failure: PeerFailure): void {
    if (failure.kind === 'damaged') this.#heal(failure.why);
    else this.#fail(failure);
  }

  #heal(why: string): void {
    const { bareDisk, fresh } = this.#options;
    const expected = { ...this.#expected(), expect: 3 };
    const options = { identity: this.#identity, expected, why, newIncarnation: fresh };
    healDirectory({ disk: bareDisk, ...options }, (healed) => {
      if (healed.ok) {
        this.#options.trace('info', 'node.set-aside', { why });
        this.#options.ended({ kind: 'starts-over' });
      } else this.#needsEmptyDirectory(`${why}: ${healed.error.kind}`);
    });
  }

  #needsEmptyDirectory(why: string): void {
    this.#options.ended({ kind: 'needs-empty-directory', why });
  }

  #fail(failure: PeerFailure): void {
    this.#options.ended({ kind: 'failed', failure });
  }
}
