import { expect, test } from 'vitest';
import { VirtualWorld } from '../../test/raft/virtual-world.ts';
import { defaultRaftSettings } from '../raft/driver-settings.ts';
import { askForLeader } from './first-leader.ts';

const names = ['a', 'b', 'c'];

/** The clock of a world, for what is not part of a node in it. */
const clockOf = (world: VirtualWorld) => ({
  after: (delayMs: number, run: () => void) => {
    let isCancelled = false;
    world.at(delayMs, () => {
      if (!isCancelled) run();
    });
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  },
});

function ask(world: VirtualWorld) {
  const [self] = world.voters;
  if (self === undefined) throw new Error('a world has voters');
  return askForLeader({ self, clock: clockOf(world), raft: world.driver(self) });
}

test('first leader: a new cluster waits for no time-out', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new VirtualWorld({ names, seed });
    ask(world);
    expect(world.awaitLeader()).toBe('a');
    expect(world.now).toBeLessThan(200);
  }
});

test('first leader: voters that open their logs later are asked again', () => {
  const world = new VirtualWorld({ names });
  const [a, b, c] = world.voters.map(String);
  for (const pair of [`${a}>${b}`, `${a}>${c}`]) world.cuts.add(pair);
  ask(world);
  world.run(800);
  expect(world.leader()).toBeUndefined();
  world.cuts.clear();
  expect(world.awaitLeader()).toBe('a');
  expect(world.now).toBeLessThan(1_000);
});

test('first leader: one that leads already is left alone', () => {
  const world = new VirtualWorld({ names });
  const leader = world.awaitLeader();
  const { term } = world.driver(leader).status();
  ask(world);
  world.run(6_000);
  expect(world.driver(leader).status()).toMatchObject({ role: 'leader', term });
});

test('first leader: nobody is asked any more when the node stops', () => {
  const world = new VirtualWorld({ names });
  ask(world).cancel();
  world.run(defaultRaftSettings.electionTimeoutMsMin - 100);
  expect(world.leader()).toBeUndefined();
});
