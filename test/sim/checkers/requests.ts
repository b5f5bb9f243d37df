/**
 * Requests: W18, one key does one thing; W19, one run for any number of equal requests. The log's
 * half: each key is recorded once, with at most one new run in the same decision.
 */
import type { MakeChecker } from './checker.ts';

export const requests: MakeChecker = (scene) => {
  const recorded = new Map<string, number>();
  return {
    recorded({ index, what, applied }) {
      let runs = 0;
      let keys = 0;
      for (const { change } of applied) {
        // Its tasks may start runs of their own at once.
        if (change.table === 'run' && change.before === null) {
          const row = change.fact.row;
          if (row?.status === 'queued' && row.trigger === 'manual') runs += 1;
        }
        if (change.table !== 'request' || change.fact.row === null) continue;
        const { requestId, answer } = change.fact.row;
        // A refusal that is remembered had no effect.
        if (!answer.ok) continue;
        const before = recorded.get(requestId);
        if (before !== undefined) {
          scene.violate('W18', `request ${requestId} takes effect at ${before} and at ${index}`);
        }
        recorded.set(requestId, index);
        keys += 1;
      }
      // A repeated request changes nothing, but other work may be done on the occasion.
      if (what === 'start-run' && runs !== keys) {
        scene.violate('W19', `entry ${index} makes ${runs} runs of ${keys} requests`);
      }
    },
  };
};
