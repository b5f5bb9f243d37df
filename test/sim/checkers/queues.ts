/** I13: nothing grows without bound: the leader's uncommitted tail, and what is under way. */
import type { MakeChecker } from './checker.ts';

const uncommittedMax = 5_000;
const everyMs = 1000;

export const queues: MakeChecker = (scene) => {
  let nextMs = 0;
  return {
    settled() {
      if (scene.nowMs < nextMs) return;
      nextMs = scene.nowMs + everyMs;
      for (const { id, peer, executor } of scene.nodes) {
        const { lastIndex = 0, commitIndex = 0 } = peer?.raft.status() ?? {};
        if (lastIndex - commitIndex > uncommittedMax) {
          scene.violate('I13', `${id} has ${lastIndex - commitIndex} uncommitted entries`);
        }
        const waiting = executor?.status()?.reportsWaiting ?? 0;
        if (waiting > uncommittedMax) scene.violate('I13', `${id} has ${waiting} reports waiting`);
      }
    },
  };
};
