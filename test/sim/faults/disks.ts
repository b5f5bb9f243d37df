/** Disks that are slow, hang, fail once, or are full. */
import type { Strike } from './strike.ts';

export const diskFaults = {
  'slow-disk': (node, { chance, later }) => {
    node.slowDiskMs = chance.pick([50, 200, 1000, 4000]);
    later(5000, () => {
      node.slowDiskMs = 0;
    });
  },
  // No sync ends, and everything else goes on as if nothing was (P39).
  'hung-disk': (node, { world, chance }) => {
    const untilMs = world.nowMs + chance.around(chance.pick([2000, 10_000, 30_000]));
    // A sync that hangs already does not end any sooner.
    node.hungUntilMs = Math.max(node.hungUntilMs, untilMs);
  },
  // What the failed sync should have written may be there after a restart (fsyncgate, P37).
  'disk-error': (node) => {
    // One sync fails, however often it is wished for before it comes.
    if (node.failsNextSync) return;
    node.failsNextSync = true;
    node.diskFaults += 1;
    node.disk.failNextSync();
  },
  'disk-full': (node, { later }) => {
    node.diskFaults += 1;
    node.disk.setFull(true);
    later(3000, () => node.disk.setFull(false));
  },
} as const satisfies Record<string, Strike>;
