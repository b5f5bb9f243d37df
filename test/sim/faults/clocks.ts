/** Operators' clocks that jump, or run too fast or too slow. Monotonic clocks run evenly. */
import type { Strike } from './strike.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
const stepsMs = [-1500, 900, -minuteMs, minuteMs, -hourMs, hourMs, -dayMs, dayMs];

export const clockFaults = {
  'wall-step': (node, { chance }) => node.wall.step(chance.pick(stepsMs)),
  'wall-drift': (node, { chance, later }) => {
    node.wall.driftBy(chance.pick([-0.5, -0.01, -0.0005, 0.0005, 0.01, 0.5]));
    later(10_000, () => node.wall.driftBy(0));
  },
} as const satisfies Record<string, Strike>;
