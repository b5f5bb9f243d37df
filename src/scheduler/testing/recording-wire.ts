/** A wire that remembers what the scheduler said, and tells whoever listens. */
import type { NodeId } from '../../base/brand.ts';
import type { SchedulerToExecutor, SchedulerToGateway } from '../../model/protocol.ts';
import type { SchedulerWire } from '../world.ts';

export class RecordingWire implements SchedulerWire {
  readonly gateway: SchedulerToGateway[] = [];
  readonly executors: { readonly node: NodeId | 'all'; readonly message: SchedulerToExecutor }[] =
    [];
  readonly #listeners: ((node: NodeId | 'all', message: SchedulerToExecutor) => void)[] = [];

  listen(listener: (node: NodeId | 'all', message: SchedulerToExecutor) => void): void {
    this.#listeners.push(listener);
  }

  toGateway(_node: NodeId, message: SchedulerToGateway): void {
    this.gateway.push(message);
  }

  toExecutor(node: NodeId, message: SchedulerToExecutor): void {
    this.#say(node, message);
  }

  toEveryExecutor(message: SchedulerToExecutor): void {
    this.#say('all', message);
  }

  /** Messages of one kind, oldest first. */
  said<K extends SchedulerToExecutor['kind']>(
    kind: K,
  ): readonly Extract<SchedulerToExecutor, { readonly kind: K }>[] {
    const all = this.executors.map(({ message }) => message);
    return all.filter(
      (message): message is Extract<SchedulerToExecutor, { readonly kind: K }> =>
        message.kind === kind,
    );
  }

  forget(): void {
    this.gateway.length = 0;
    this.executors.length = 0;
  }

  #say(node: NodeId | 'all', message: SchedulerToExecutor): void {
    this.executors.push({ node, message });
    for (const listener of this.#listeners) listener(node, message);
  }
}
