/**
 * Node loads: what the live attempts on each node take together. Also of nodes that have no row:
 * attempts may be known before the node is, and outlive it.
 */
import type { NodeId } from '../base/brand.ts';
import type { Resources } from '../model/resources.ts';

export class NodeLoads {
  /** Dimensions of which nothing is taken have no entry, and nodes without a load neither. */
  readonly #loads = new Map<NodeId, Record<string, number>>();

  clear(): void {
    this.#loads.clear();
  }

  /** Takes (1) or gives back (-1). */
  shift(node: NodeId, resources: Resources, by: 1 | -1): void {
    const load = this.#loads.get(node) ?? {};
    for (const name in resources) {
      const sum = (load[name] ?? 0) + by * (resources[name] ?? 0);
      if (sum === 0) delete load[name];
      else load[name] = sum;
    }
    if (isEmpty(load)) this.#loads.delete(node);
    else this.#loads.set(node, load);
  }

  isIdle(node: NodeId): boolean {
    return !this.#loads.has(node);
  }

  of(node: NodeId): Resources {
    return this.#loads.get(node) ?? {};
  }
}

export function isEmpty(resources: Resources): boolean {
  for (const _ in resources) return false;
  return true;
}
