/**
 * The two combinations that have cost other systems acknowledged writes: a majority that is formed
 * anew with a node that lost its power, and a leader that wakes up behind its successor's death.
 */
import { sleep } from '../../problem.ts';
import type { Fault } from '../fault.ts';

/** Writes go on for so long in each constellation, in milliseconds. */
const writingMs = 2_500;

/**
 * A minority is cut off; the others write; one of them loses its power; then it starts again and
 * must form a majority with those that missed the writes, because the rest is cut off now.
 */
export const partKill: Fault = {
  name: 'part-kill',
  holdMs: [1_000, 4_000],
  nature: 'isolates',
  begin: async (world, random) => {
    const first = world.minority(random);
    const rest = world.nodes.filter((node) => !first.includes(node));
    for (const { link } of first) link.set(['there', 'back'], { mode: 'drop' });
    await sleep(writingMs);
    const [fallen, ...second] = rest;
    if (fallen === undefined) throw new Error('a majority has nodes');
    const lost = await fallen.losePower();
    for (const { link } of second) link.set(['there', 'back'], { mode: 'drop' });
    for (const { link } of first) link.heal();
    fallen.release();
    const names = first.map(({ name }) => name).join('+');
    return {
      what: `${names} cut, ${fallen.name} lost ${lost} bytes, the rest cut`,
      heal: () => {
        for (const { link } of second) link.heal();
      },
    };
  },
};

/** The leader freezes, its successor dies, and the old leader comes back. */
export const pauseKill: Fault = {
  name: 'pause-kill',
  holdMs: [500, 3_000],
  nature: 'isolates',
  begin: async (world) => {
    const frozen = world.leader;
    frozen.signal('SIGSTOP', 'both');
    await sleep(writingMs + 1_000);
    const next = world.leader;
    const killed = next === frozen ? world.nodes.find((node) => node !== frozen) : next;
    await killed?.kill('tree');
    frozen.signal('SIGCONT', 'both');
    return { what: `${frozen.name} frozen, ${killed?.name} killed`, heal: () => killed?.release() };
  },
};
