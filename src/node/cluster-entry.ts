/**
 * How a node comes to its cluster: it belongs to it already, helps to form it, or joins it. A node
 * that has lost its data looks for the cluster that it belonged to and never forms another.
 *
 * Owns: what is said until the node is in, and the answer to others who look for the cluster.
 * Does not own: the identity file; whoever is told writes it before the databases are opened.
 */
import type { Cancellable, Clock, Random } from '../base/ports.ts';
import type { Trace } from '../base/trace.ts';
import { inboxes } from '../model/protocol.ts';
import type { Identity } from '../storage/identity.ts';
import type { Postbox } from '../transport/postbox.ts';
import { type Ending, exitCodes } from './ending.ts';
import { expectNothing, type FormedCluster, Forming } from './forming.ts';
import { Joining } from './joining.ts';

export interface ClusterEntryOptions {
  readonly identity: Identity;
  readonly postbox: Postbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  readonly expect: number;
  /** Called once: the postbox is bound, and the databases may be opened. */
  readonly entered: (cluster: FormedCluster) => void;
  readonly refused: (ending: Ending) => void;
  /** For people: what the node waits for. */
  readonly waitsFor: (what: string) => void;
}

export class ClusterEntry {
  readonly #options: ClusterEntryOptions;
  readonly #forming: Forming;
  #joining: Cancellable | undefined;

  constructor(options: ClusterEntryOptions) {
    this.#options = options;
    const { identity, postbox, clock, random, trace, expect } = options;
    const { voters, hasStores, clusterId } = identity;
    const known = voters && hasStores ? { clusterId, voters } : undefined;
    const isNew = voters === undefined;
    options.waitsFor(
      isNew
        ? `the cluster forms when ${expect} nodes are there`
        : 'this node looks for its cluster',
    );
    this.#forming = new Forming(
      {
        ...{ wire: postbox, clock, random, trace, inbox: inboxes.hello },
        expect: isNew ? expect : expectNothing,
        formed: (cluster) => this.#enter(cluster),
        excluded: (cluster) => this.#join(cluster),
      },
      known,
    );
    if (known !== undefined) this.#enter(known);
  }

  stop(): void {
    this.#joining?.cancel();
    this.#forming.stop();
  }

  #enter(cluster: FormedCluster): void {
    this.#options.postbox.bindCluster(cluster.clusterId);
    this.#options.entered(cluster);
  }

  #join({ clusterId }: FormedCluster): void {
    const { identity, postbox, clock, trace, waitsFor, entered, refused } = this.#options;
    if (identity.clusterId !== '' && identity.clusterId !== clusterId) {
      const why =
        `OTHER_CLUSTER: this directory belonged to cluster ${identity.clusterId}, and a cluster ` +
        `${clusterId} runs under its name; give the node the directory of its own cluster`;
      refused({ code: exitCodes.identity, why });
      return;
    }
    trace('info', 'node.joins', { cluster: clusterId });
    waitsFor('the leader lets this node in');
    postbox.bindCluster(clusterId);
    const joining = new Joining({
      ...{ wire: postbox, clock },
      welcomed: () => entered({ clusterId, voters: [] }),
      refused: (code, why) => refused({ code: exitCodes.identity, why: `${code}: ${why}` }),
    });
    this.#joining = { cancel: () => joining.stop() };
  }
}
