/** What operators do in the middle of all this. */
import type { Strike } from './strike.ts';

export const peopleFaults = {
  transfer: (node) => node.peer?.raft.transfer(undefined, () => {}),
} as const satisfies Record<string, Strike>;
