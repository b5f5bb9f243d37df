/** Wall clocks that are wrong. Monotonic clocks stay right, as they do on real machines. */
import { below } from '../../../src/base/random.ts';
import type { Fault } from '../fault.ts';

const offsetsSeconds = [-90, -20, -3, 3, 20] as const;

/** The node restarts with a wrong clock, and at the end with the right one. */
export const clock: Fault = {
  name: 'clock',
  holdMs: [4_000, 10_000],
  missing: ({ tools }) =>
    tools.fakeClock === null ? 'libfaketime is not installed (Debian: libfaketime)' : undefined,
  begin: async (world, random) => {
    const node = world.pick(random);
    const clockOffsetSeconds = offsetsSeconds[below(random, offsetsSeconds.length)] ?? 3;
    await node.kill('tree');
    node.start({ clockOffsetSeconds });
    node.heldDown = false;
    return {
      what: `${node.name} by ${clockOffsetSeconds} s`,
      heal: async () => {
        await node.kill('tree');
        node.release();
      },
    };
  },
};
