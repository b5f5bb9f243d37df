/** What the processes of a node take of the machine: memory held, processor time used. */
import { join } from 'node:path';
import { descendants, readProc, residentBytes } from '../cluster/chaos/host-processes.ts';
import type { LocalCluster, LocalNode } from '../cluster/local-cluster.ts';
import { executorAt } from '../src/node/adoption-place.ts';

/** Of one node. Memory in bytes, each process with all that it shares with others. */
export interface NodeUsage {
  readonly name: string;
  readonly peerBytes: number;
  readonly executorBytes: number;
  /** Of the executor's helpers, which fork the tasks, and of tasks that run. */
  readonly helperBytes: number;
  /** Processor time of all of them since each was started. */
  readonly cpuMs: number;
}

/** Linux counts in hundredths of a second, whatever the kernel was built with. */
const tickMs = 10;

/** `folder` is the one that `withCluster` gives. */
export const usageOf = (cluster: LocalCluster, folder: string): readonly NodeUsage[] =>
  cluster.alive.map((node) => nodeUsage(node, join(folder, 'cluster', node.name)));

function nodeUsage({ name, child }: LocalNode, dataDir: string): NodeUsage {
  const executor = executorAt(dataDir);
  // The executor is a child of the peer that has started it.
  const helpers = descendants(child.pid).filter((pid) => pid !== executor);
  const all = [child.pid, ...(executor === undefined ? [] : [executor]), ...helpers];
  return {
    name,
    peerBytes: residentBytes(child.pid),
    executorBytes: executor === undefined ? 0 : residentBytes(executor),
    helperBytes: helpers.reduce((sum, pid) => sum + residentBytes(pid), 0),
    cpuMs: all.reduce((sum, pid) => sum + cpuMsOf(pid), 0),
  };
}

/** User and system time; 0 when the process is gone. */
function cpuMsOf(pid: number): number {
  // The command stands in parentheses and may contain anything, spaces included.
  const fields = readProc(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  const [user, system] = [fields[11], fields[12]];
  return (Number(user ?? 0) + Number(system ?? 0)) * tickMs;
}

export const cpuMsOfAll = (usage: readonly NodeUsage[]): number =>
  usage.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
