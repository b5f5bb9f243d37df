/**
 * A node whose directory is empty, or older than what it has promised. It must not vote as if it
 * remembered. Only a minority can lose its data at a time, so these faults run alone.
 */
import { cpSync, lstatSync, rmSync } from 'node:fs';
import { sleep } from '../../problem.ts';
import type { ChaosNode } from '../chaos-node.ts';
import type { Fault } from '../fault.ts';
import { noMembership } from '../host.ts';
import type { World } from '../world.ts';

export const wipe: Fault = {
  name: 'wipe',
  holdMs: [100, 1_000],
  nature: 'alone',
  missing: noMembership,
  begin: async (world, random) => {
    const node = world.pick(random);
    await node.kill('tree');
    node.forgetEverything();
    return { what: node.name, heal: () => comeBack(world, node) };
  },
};

/** A copy is taken, the node goes on and promises more, and then the copy is put back. */
export const oldBackup: Fault = {
  name: 'old-backup',
  holdMs: [100, 1_000],
  nature: 'alone',
  missing: noMembership,
  begin: async (world, random) => {
    const node = world.pick(random);
    const backup = `${node.dataDir}-backup`;
    await node.kill('tree');
    // A socket cannot be copied, and is of no use where it was not made.
    cpSync(node.dataDir, backup, { recursive: true, filter: (path) => !isSocket(path) });
    node.release();
    await sleep(promisingMs);
    await node.kill('tree');
    rmSync(node.dataDir, { recursive: true });
    cpSync(backup, node.dataDir, { recursive: true });
    rmSync(backup, { recursive: true });
    node.disk.settle();
    return { what: node.name, heal: () => comeBack(world, node) };
  },
};

const isSocket = (path: string): boolean => lstatSync(path).isSocket();

const promisingMs = 5_000;

/** It may find out only when the others remind it, and then it ends, to begin anew. */
async function comeBack(world: World, node: ChaosNode): Promise<void> {
  node.mayEnd = true;
  node.release();
  await world.whole();
  // With an older directory it may vote for a moment before a leader's heartbeat reminds it.
  await sleep(remindedMs);
  await world.whole();
  node.mayEnd = false;
}

/** Some heartbeats, and an election if there is no leader. */
const remindedMs = 5_000;
