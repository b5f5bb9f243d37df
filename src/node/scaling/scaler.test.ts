import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { nodeId, wallMs } from '../../base/brand.ts';
import type { Scaled } from '../../scheduler/input.ts';
import type { NodeSource, PoolGoal, Pursued } from './goal.ts';
import { roundMs, Scaler } from './scaler.ts';

const settleMs = 2_000;
const againMs = 10_000;

const goal = (differs: Partial<PoolGoal> = {}): PoolGoal => ({
  ...{ pool: 'burst', provider: { kind: 'local-process' }, wanted: 1, nodes: [], remove: [] },
  ...{ decidedAt: wallMs(7) },
  ...differs,
});

/** A provider that does what it is told when the test says so. */
class HeldSource implements NodeSource {
  readonly againMs = againMs;
  readonly told: PoolGoal[] = [];
  readonly #waiting: ((pursued: Pursued) => void)[] = [];

  pursue(asked: PoolGoal): Promise<Pursued> {
    this.told.push(asked);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async answer(isDone: boolean, outcome = 'fine'): Promise<void> {
    for (const resolve of this.#waiting.splice(0)) {
      resolve({ isDone, outcome, gone: [nodeId('burst-9')] });
    }
    await Promise.resolve();
    await Promise.resolve();
  }
}

function scaler() {
  const clock = new VirtualClock();
  const source = new HeldSource();
  const other = new HeldSource();
  const world = { goals: [goal()] as readonly PoolGoal[] | null };
  const heard: Scaled[] = [];
  const it = new Scaler({
    ...{ clock, settleMs },
    look: (done) => clock.soon(() => done(world.goals)),
    scaled: (said) => heard.push(said),
    sources: { 'local-process': source, command: other, kubernetes: other },
  });
  it.start();
  const rounds = (count: number): void => {
    for (let round = 0; round < count; round++) clock.advance(roundMs + 1);
  };
  return { clock, source, other, world, heard, rounds, it };
}

describe('the scaler', () => {
  it('tells a new goal once, and the leader what came of it', async () => {
    const { source, heard, rounds } = scaler();
    rounds(5);
    expect(source.told).toHaveLength(1);
    await source.answer(true);
    expect(heard).toEqual([
      { kind: 'scaled', pool: 'burst', at: 7, outcome: 'fine', gone: ['burst-9'] },
    ]);
    rounds(30);
    expect(source.told).toHaveLength(1);
  });

  it('says nothing while another node leads, nor in the first moments of its own', () => {
    const { source, world, rounds } = scaler();
    world.goals = null;
    rounds(20);
    world.goals = [goal()];
    rounds(2);
    expect(source.told).toEqual([]);
    rounds(2);
    expect(source.told).toHaveLength(1);
  });

  it('tells a goal that was not reached again after a while', async () => {
    const { source, rounds } = scaler();
    rounds(4);
    await source.answer(false);
    rounds(5);
    expect(source.told).toHaveLength(1);
    rounds(6);
    expect(source.told).toHaveLength(2);
  });

  it('tells a changed goal when the call before has come back, and not earlier', async () => {
    const { source, world, rounds } = scaler();
    rounds(4);
    world.goals = [goal({ wanted: 2 })];
    rounds(4);
    world.goals = [goal({ wanted: 3 })];
    rounds(4);
    expect(source.told.map(({ wanted }) => wanted)).toEqual([1]);
    await source.answer(true);
    rounds(1);
    expect(source.told.map(({ wanted }) => wanted)).toEqual([1, 3]);
  });

  it('takes it for news when a node falls silent', async () => {
    const { source, world, rounds } = scaler();
    const name = nodeId('burst-1');
    world.goals = [goal({ nodes: [{ name, state: 'alive', running: 1 }] })];
    rounds(4);
    await source.answer(true);
    world.goals = [goal({ nodes: [{ name, state: 'alive', running: 5 }] })];
    rounds(2);
    expect(source.told).toHaveLength(1);
    world.goals = [goal({ nodes: [{ name, state: 'lost', running: 0 }] })];
    rounds(2);
    expect(source.told).toHaveLength(2);
  });

  it('asks the provider that the pool names, pool by pool', () => {
    const { source, other, world, rounds } = scaler();
    const provider = { kind: 'command', program: '/bin/true', args: [] } as const;
    world.goals = [goal(), goal({ pool: 'far', provider })];
    rounds(4);
    expect([...source.told, ...other.told].map(({ pool }) => pool)).toEqual(['burst', 'far']);
  });

  it('that is stopped tells nobody anything', async () => {
    const { source, heard, rounds, it } = scaler();
    rounds(4);
    it.stop();
    await source.answer(true);
    rounds(20);
    expect(heard).toEqual([]);
    expect(source.told).toHaveLength(1);
  });
});
