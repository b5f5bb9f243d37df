/**
 * Counts what the work of a cluster costs: syncs, messages, bytes. Never times: in the simulator a
 * count is the same on every machine and in every hour, so that a limit on it fails for a reason.
 */
import type { StoreOperation } from '../../src/base/ports.ts';

/** Counts by name; all of them since the cluster was made. */
export type Counts = Readonly<Record<string, number>>;

export class Meter {
  readonly #counts = new Map<string, number>();

  /** A process published a frame; what comes behind the inbox is the node that it is for. */
  sent(process: string, subject: string, payload: Uint8Array): void {
    const side = process.slice(process.indexOf('/') + 1);
    const [, , lane, inbox] = subject.split('.');
    this.#add(`messages ${side} ${lane} ${inbox}`, 1);
    this.#add('messages', 1);
    this.#add('bytes sent', payload.length);
  }

  /** The store, the slots or the file `what` of a node has to be durable. */
  synced(node: string, what: string): void {
    this.#add(`syncs ${node} ${what}`, 1);
  }

  /** What a node's Raft log was given. */
  logged(node: string, operations: readonly StoreOperation[]): void {
    for (const operation of operations) {
      if (operation.kind !== 'put') continue;
      this.#add(`bytes logged ${node}`, operation.key.length + operation.value.length);
    }
  }

  read(): Counts {
    return Object.fromEntries(this.#counts);
  }

  #add(name: string, more: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + more);
  }
}
