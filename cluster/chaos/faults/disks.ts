/** Disks that fail, fill up, crawl, hang and lose their power. */
import { below } from '../../../src/base/random.ts';
import { sleep } from '../../problem.ts';
import { between, type Fault } from '../fault.ts';
import { isStopped } from '../host-processes.ts';

/** A node with a broken disk ends by itself; nobody minds. */
function brokenDisk(
  shape: Omit<Fault, 'begin'>,
  mode: 'sync-fails' | 'full',
  times: number,
): Fault {
  return {
    ...shape,
    begin: (world, random) => {
      const node = world.pick(random);
      const pid = node.peerPid;
      node.mayEnd = true;
      node.disk.set(mode, { times });
      return {
        what: node.name,
        heal: async () => {
          const { strikes } = node.disk;
          node.disk.set('healthy');
          // Its end may still be under way: what it met is not forgotten.
          await sleep(endingMs);
          node.mayEnd = false;
          const goesOn = node.isAlive && node.peerPid === pid && !isStopped(pid);
          if (mode === 'sync-fails' && strikes > 0 && goesOn)
            throw new Error(`${node.name} met an error of its disk and goes on (I15)`);
          if (!node.heldDown) node.start();
        },
      };
    },
  };
}

const endingMs = 1_500;

export const syncFailsOnce = brokenDisk(
  { name: 'sync-fails-once', holdMs: [500, 3_000] },
  'sync-fails',
  1,
);

export const syncFails = brokenDisk(
  { name: 'sync-fails', holdMs: [1_000, 6_000] },
  'sync-fails',
  -1,
);

export const diskFull = brokenDisk({ name: 'disk-full', holdMs: [1_000, 6_000] }, 'full', -1);

const delaysMs = [50, 200, 1_000] as const;

export const diskSlow: Fault = {
  name: 'disk-slow',
  holdMs: [2_000, 8_000],
  begin: (world, random) => {
    const node = world.pick(random);
    const ms = delaysMs[below(random, delaysMs.length)] ?? 50;
    node.disk.set('sync-slow', { ms });
    return { what: `${node.name}, ${ms} ms a sync`, heal: () => node.disk.set('healthy') };
  },
};

export const diskHangs: Fault = {
  name: 'disk-hangs',
  holdMs: [1_000, 8_000],
  nature: 'isolates',
  begin: (world, random) => {
    const node = world.pick(random);
    node.mayEnd = true;
    node.disk.set('sync-hangs');
    return {
      what: node.name,
      heal: async () => {
        node.disk.set('healthy');
        await sleep(endingMs);
        node.mayEnd = false;
      },
    };
  },
};

export const powerLoss: Fault = {
  name: 'power-loss',
  holdMs: [100, 3_000],
  begin: async (world, random) => {
    const count = between(random, 1, world.nodes.length);
    const first = world.pick(random);
    const others = world.nodes.filter((node) => node !== first);
    const fallen = [first, ...others].slice(0, count);
    const lost = await Promise.all(fallen.map((node) => node.losePower()));
    const what = fallen.map(({ name }, place) => `${name} lost ${lost[place]} bytes`).join(', ');
    return {
      what,
      heal: () => {
        for (const node of fallen) node.release();
      },
    };
  },
};
