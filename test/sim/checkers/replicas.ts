/**
 * Replicas: I4 and W37, equal states at equal applied indexes; P85, the state of a leader that was
 * is the replay of the log; C1, each entry applied once and in order.
 */
import type { MakeChecker } from './checker.ts';

export const replicas: MakeChecker = (scene) => {
  const applied = new Map<string, number>();
  return {
    opened(node) {
      const index = node.peer?.ledger.appliedIndex ?? 0;
      applied.set(node.id, index);
    },
    committed(node, { index }) {
      const before = applied.get(node.id) ?? 0;
      if (index !== before + 1) scene.violate('I4', `${node.id} applies ${index} after ${before}`);
      applied.set(node.id, index);
      const scheduler = node.peer?.scheduler;
      // A leader's state is ahead of its log; what it shows is compared by the readers.
      if (scheduler === undefined || scheduler.isLeading) return;
      scheduler.read(
        (state) => state.digest(),
        (digest) => {
          const expected = scene.chronicle.digestAt(index);
          if (digest === expected) return;
          scene.violate('I4', `${node.id} has ${digest} at ${index}, the log says ${expected}`);
        },
      );
    },
  };
};
