/** What the two processes of each node held in memory at most, since they were last looked at. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readProc } from '../../cluster/chaos/host-processes.ts';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { executorAt } from '../../src/node/adoption-place.ts';

/** Bytes of the peer and the executor of a node. */
export interface NodePeak {
  readonly peer: number;
  readonly executor: number;
}

export class NodeMemory {
  readonly #cluster: LocalCluster;
  readonly #folder: string;

  /** `folder` holds the directories of the nodes. */
  constructor(cluster: LocalCluster, folder: string) {
    this.#cluster = cluster;
    this.#folder = folder;
  }

  /** By node; from here on peaks begin anew. */
  peaks(): ReadonlyMap<string, NodePeak> {
    return new Map(
      this.#cluster.nodes.map(({ name, child }) => {
        const executor = executorAt(join(this.#folder, name)) ?? 0;
        return [name, { peer: takePeak(child.pid), executor: takePeak(executor) }];
      }),
    );
  }
}

/** The largest growth of one node, in bytes, and of which of its processes. */
export function growth(
  quiet: ReadonlyMap<string, NodePeak>,
  now: ReadonlyMap<string, NodePeak>,
): NodePeak {
  const none = { peer: 0, executor: 0 };
  const all = [...now].map(([name, { peer, executor }]) => {
    const before = quiet.get(name) ?? none;
    return { peer: peer - before.peer, executor: executor - before.executor };
  });
  return all.reduce((most, each) => (sumOf(each) > sumOf(most) ? each : most));
}

export const sumOf = ({ peer, executor }: NodePeak): number => peer + executor;

function takePeak(pid: number): number {
  const kilobytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(readProc(pid, 'status'))?.[1] ?? 0);
  try {
    // proc(5): the peak is set back to what is resident now.
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // It is gone, or the kernel was built without it: then it is the peak since its start.
  }
  return kilobytes * 1024;
}
