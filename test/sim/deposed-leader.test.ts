/**
 * A leader that was stopped, deposed and woken up again believes for a moment that it leads. What
 * it grants in that moment must not let two attempts of a task run at the same time (W12): nothing
 * that random search finds soon.
 */
import { expect, it } from 'vitest';
import { dagId, namespace, taskId, versionId } from '../../src/base/brand.ts';
import { Chance } from './chance.ts';
import { Clients } from './clients.ts';
import { makeDag } from './dag-maker.ts';
import { withoutRealWorld } from './forbid.ts';
import type { SimNode } from './node.ts';
import { optionsOf } from './options.ts';
import { World } from './world.ts';

const kind = { least: 0.1, spread: 0.1 };

function calmWorld(): World {
  return new World({
    ...optionsOf(1, 60),
    ...{ nodes: 3, faults: [], loss: 0, duplication: 0, delayMs: kind, syncMs: kind },
    ...{
      leaseMs: 3000,
      graceMs: 3000,
      electionMs: { min: 1000, max: 2000 },
      healed: 'all',
      features: [],
    },
  });
}

/** One DAG with one task that lasts a minute. */
function longDag() {
  const spec = makeDag(new Chance(1, 'dag'), { name: 'long', tasksMax: 1, scheduled: false }).spec;
  const [task] = Object.values(spec.tasks);
  if (task === undefined) throw new Error('a DAG has a task');
  const resources = { slots: 1 };
  const long = { kind: 'shell', command: 'sim 60000 0' } as const;
  const env = { SIM_TAKES: '{"slots":1}' };
  const free = { timeoutMs: null, idempotent: true, retries: 0, triggerRule: 'always' } as const;
  const tasks = { [taskId('t0')]: { ...task, ...free, action: long, resources, env } };
  return { ...spec, timeoutMs: null, schedules: [], tasks };
}

class Stage {
  readonly world = calmWorld();
  readonly clients = new Clients(this.world, this.world.chance.stream('clients'));

  pass(ms: number, until: () => boolean = () => false): void {
    this.world.run(this.world.nowMs + ms, until);
  }

  leader(): SimNode {
    const found = this.world.nodes.find(({ peer }) => peer?.scheduler?.isLeading === true);
    if (found === undefined) throw new Error('nobody leads');
    return found;
  }

  cut(left: SimNode, right: SimNode): void {
    this.world.weather.cuts.add(`${left.id}>${right.id}`);
    this.world.weather.cuts.add(`${right.id}>${left.id}`);
  }
}

function wakeDeposedLeader(): Stage {
  const stage = new Stage();
  const { world, clients } = stage;
  for (const node of world.nodes) world.start(node);
  stage.pass(8000);
  const old = stage.leader();
  const others = world.nodes.filter((node) => node !== old);
  const long = { namespace: namespace('default'), dagId: dagId('long') };
  clients.ask({ kind: 'apply-dag', ...long, versionId: versionId('v1'), spec: longDag() });
  // Only the leader's own node can take the task, and the dispatch does not arrive.
  for (const node of others) node.killExecutor();
  stage.pass(9000);
  stage.cut(old, old);
  const plain = { runId: null, logicalDate: null, params: {}, priority: null };
  clients.ask({ kind: 'start-run', ...long, ...plain });
  stage.pass(500);
  // The leader is stopped and cut off from its peers, but not from its own executor.
  old.peerProcess?.pause('stop');
  world.weather.cuts.clear();
  for (const node of others) stage.cut(old, node);
  for (const node of others) node.startExecutor();
  // Shorter than a lease and its grace: by its own clock it may still grant.
  stage.pass(5000);
  old.peerProcess?.resume(true);
  stage.pass(20_000);
  return stage;
}

it('a deposed leader that wakes up starts nothing that runs elsewhere by now (W12)', () => {
  const { world } = withoutRealWorld(wakeDeposedLeader);
  expect(world.effects.started).toBeGreaterThan(0);
  expect(world.violations).toEqual([]);
});
