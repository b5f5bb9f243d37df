/**
 * No log is lost when a node dies (W22), over seeds. With `SKEIN_LOG_SEEDS=200` over more of them.
 */
import { describe, expect, test } from 'vitest';
import { LogWorld, type Written } from './log-world.ts';

const seeds = Array.from({ length: Number(process.env.SKEIN_LOG_SEEDS ?? 12) }, (_, at) => at + 1);

const kind = { loss: 0, duplication: 0, reorders: false };
const rough = { loss: 0.05, duplication: 0.05, reorders: true };

/** Lives on for so long, with a new task every now and then. */
function liveOn(world: LogWorld, ms: number, each: () => void = () => {}): void {
  const untilMs = world.timeline.nowMs + ms;
  while (world.timeline.nowMs < untilMs) {
    if (world.chance.happens(0.3)) world.dispatch();
    world.run(200);
    each();
  }
}

/** Every copy is the begin of what was written. */
function expectPrefixes(world: LogWorld): void {
  for (const written of world.written) {
    const original = world.original(written);
    for (const { text } of world.copies(written)) {
      if (!original.startsWith(text)) expect(original.slice(0, text.length)).toBe(text);
    }
  }
}

const copiedBytes = (world: LogWorld, written: Written): number =>
  Math.max(0, ...world.copies(written).map(({ text }) => text.length));

describe('copies of logs', () => {
  test.each(seeds)('sim: a line is elsewhere a second after it was written (seed %i)', (seed) => {
    const world = new LogWorld(seed, kind);
    liveOn(world, 10_000);
    for (let round = 0; round < 4; round++) {
      for (let task = 0; task < 40; task++) world.dispatch();
      world.run(world.chance.between(2_500, 4_000));
      const victim = world.chance.pick(world.alive);
      const died = world.timeline.nowMs;
      world.kill(victim);
      const ran = world.written.filter(({ node }) => node === victim.id);
      expect(ran.filter(({ ended }) => !ended).length).toBeGreaterThan(1);
      for (const written of ran) {
        const due = written.lines.findLast(({ atMs }) => atMs <= died - 1_000)?.endsAt ?? 0;
        expect(copiedBytes(world, written)).toBeGreaterThanOrEqual(due);
      }
      expectPrefixes(world);
      liveOn(world, 10_000);
      world.start(victim);
      liveOn(world, 10_000);
    }
    expect(world.written.length).toBeGreaterThan(50);
    expect(world.failures).toEqual([]);
  });

  test.each(seeds)('sim: whatever happens, copies are whole in the end (seed %i)', (seed) => {
    const world = new LogWorld(seed, rough);
    // Nobody looks again whether a copy that was whole is still there.
    const lost = new Set<string>();
    for (let round = 0; round < 12; round++) {
      const { chance, timeline } = world;
      const victim = chance.pick(world.machines);
      const other = chance.pick(world.machines);
      if (chance.happens(0.5)) world.kill(victim);
      if (chance.happens(0.3)) for (const place of world.loseCopies(victim)) lost.add(place);
      if (chance.happens(0.5)) world.weather.clog(victim.id, other.id, timeline.nowMs + 5_000);
      if (chance.happens(0.3)) world.weather.sever(`${other.id}/executor`, 'bulk', 2_000);
      liveOn(world, chance.between(500, 8_000), () => expectPrefixes(world));
      for (const machine of world.machines) if (chance.happens(0.6)) world.start(machine);
    }
    world.weather.heal();
    for (const machine of world.machines) world.start(machine);
    world.run(90_000);
    for (const written of world.written.filter(({ place }) => !lost.has(place))) {
      const original = world.original(written);
      const whole = world.copies(written).filter((copy) => copy.whole);
      expect(whole.some(({ text }) => text === original)).toBe(true);
    }
    expect(world.written.length).toBeGreaterThan(20);
    expect(world.failures).toEqual([]);
  });
});
