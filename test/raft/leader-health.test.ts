import { expect, test } from 'vitest';
import type { NodeId } from '../../src/base/brand.ts';
import { VirtualWorld } from './virtual-world.ts';

const three = ['a', 'b', 'c'];

/** Three nodes at rest, one of which leads. */
function restingWorld(): { readonly world: VirtualWorld; readonly leader: NodeId } {
  const world = new VirtualWorld({ names: three });
  const leader = world.awaitLeader();
  world.run(1_000);
  return { world, leader };
}

function write(world: VirtualWorld): void {
  const leader = world.leader();
  if (leader === undefined) return;
  const driver = world.driver(leader);
  driver.propose(driver.status().term, new Uint8Array(8));
}

const moved = (world: VirtualWorld, from: NodeId): boolean =>
  world.leader() !== undefined && world.leader() !== from;

test('driver: a leader whose disk hangs is replaced in two seconds, idle or not (P39)', () => {
  for (const isIdle of [true, false]) {
    const { world, leader } = restingWorld();
    world.store(leader).syncMs = 60_000;
    const hung = world.now;
    if (!isIdle) write(world);
    world.runUntil(() => moved(world, leader));
    expect(world.now - hung).toBeLessThan(2_000);
  }
});

test('driver: a disk that is slow on the leader alone moves leadership once (P40)', () => {
  const { world, leader } = restingWorld();
  world.store(leader).syncMs = 200;
  for (let ms = 0; ms < 60_000; ms += 20) world.at(ms, () => write(world));
  world.run(8_000);
  const next = world.leader();
  expect(next).not.toBe(leader);
  const { term } = world.driver(leader).status();
  world.run(50_000);
  expect(world.leader()).toBe(next);
  expect(world.driver(leader).status().term).toBe(term);
});

test('driver: where every disk is slow, leadership stays where it is', () => {
  const { world, leader } = restingWorld();
  for (const id of world.voters) world.store(id).syncMs = 200;
  for (let ms = 0; ms < 30_000; ms += 20) world.at(ms, () => write(world));
  world.run(30_000);
  expect(world.leader()).toBe(leader);
});

test('driver: an event loop that stands still for a second costs nothing (P81)', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new VirtualWorld({ names: three, seed });
    const leader = world.awaitLeader();
    world.run(1_000 + seed * 7);
    const { term } = world.driver(leader).status();
    world.pause(leader, 1_000);
    world.run(5_000);
    expect(world.leader()).toBe(leader);
    expect(world.driver(leader).status().term).toBe(term);
  }
});

test('driver: a leader that stood still for longer leads no more, one way or other (P81)', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new VirtualWorld({ names: three, seed });
    const leader = world.awaitLeader();
    world.run(1_000 + seed * 7);
    world.pause(leader, 1_650);
    world.run(2_000);
    expect(moved(world, leader)).toBe(true);
  }
});
