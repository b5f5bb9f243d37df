/**
 * The power goes again and again, of one node, of some, of all at once, while clients write; at the
 * end every acknowledged write must be there.
 */
import { below, SeededRandom } from '../../src/base/random.ts';
import { sleep, until } from '../problem.ts';
import { applyDag } from './apply-dag.ts';
import type { ChaosNode } from './chaos-node.ts';
import { checkAnswers, checkDigests } from './checks/equality.ts';
import { checkEnds } from './checks/processes.ts';
import { between } from './fault.ts';
import { finding } from './finding.ts';
import { listRuns } from './listing.ts';
import type { Played, Stage } from './stage.ts';
import type { World } from './world.ts';

const dag = 'chaos-power';
const definition = { id: dag, maxActiveRuns: 10_000, tasks: { only: { type: 'noop' } } };
/** Writes that are under way at a time. */
const writers = 48;
const retryMs = 20;
/** Between two losses so many writes are acknowledged, at least and at most. */
const writesBetween = [200, 3_000] as const;
/** Without a write for so long after a loss, the cluster has not survived it. */
const progressMsMax = 60_000;

export async function playPowerLoss(stage: Stage): Promise<Played> {
  const { world, options, say } = stage;
  await applyDag(world, dag, JSON.stringify(definition));
  const writing = new Writing(world.nodes, options.writes);
  const done = writing.run();
  const losses = await cutAgainAndAgain(stage, writing);
  await done;
  say(`${writing.acknowledged.size} writes are acknowledged`);
  await world.heal();
  const late = await world.ready();
  const lost: string[] = [];
  for (const node of world.nodes) {
    const known = new Set((await listRuns(node, `?dag=${dag}`)).map(({ runId }) => runId));
    for (const runId of writing.acknowledged) {
      if (!known.has(runId)) lost.push(`${runId} on ${node.name}`);
    }
  }
  const looked = `${writing.acknowledged.size} acknowledged, looked up on every node`;
  return {
    findings: [
      finding('acknowledged writes lost', looked, lost),
      finding('nodes that do not come back', 'after the last loss', late),
      await checkDigests(world.nodes),
      await checkAnswers(world.nodes),
      checkEnds(world.nodes),
    ],
    figures: {
      'writes acknowledged': writing.acknowledged.size,
      'writes repeated': writing.repeated,
      'bytes that were not synced': losses.bytes,
    },
    faults: losses.counts,
    notRunnable: {},
    details: {},
  };
}

interface Losses {
  readonly counts: Readonly<Record<string, number>>;
  readonly bytes: number;
}

async function cutAgainAndAgain({ world, options, say }: Stage, writing: Writing): Promise<Losses> {
  const random = new SeededRandom(options.seed);
  const counts = { one: 0, some: 0, all: 0 };
  let bytes = 0;
  while (!writing.isDone) {
    const wanted = writing.acknowledged.size + between(random, ...writesBetween);
    while (!writing.isDone && writing.acknowledged.size < wanted) await nextWrite(writing);
    const fallen = choose(world, random);
    const lost = await Promise.all(fallen.map((node) => node.losePower()));
    const sum = lost.reduce((total, one) => total + one, 0);
    bytes += sum;
    const { length } = fallen;
    counts[length === 1 ? 'one' : length === world.nodes.length ? 'all' : 'some'] += 1;
    const names = fallen.map(({ name }) => name).join('+');
    say(`${names} without power at ${writing.acknowledged.size} writes, ${sum} bytes lost`);
    await sleep(below(random, 500));
    for (const node of fallen) node.release();
  }
  return { counts, bytes };
}

async function nextWrite({ acknowledged }: Writing): Promise<void> {
  const { size } = acknowledged;
  const waiting = { withinMs: progressMsMax, everyMs: 10 };
  await until('writes to go on', waiting, () => acknowledged.size > size || undefined);
}

function choose(world: World, random: SeededRandom): readonly ChaosNode[] {
  const first = world.pick(random);
  const others = world.nodes.filter((node) => node !== first);
  return [first, ...others].slice(0, between(random, 1, world.nodes.length));
}

/** Writers that repeat each write until it is acknowledged. */
class Writing {
  readonly acknowledged = new Set<string>();
  repeated = 0;
  readonly #nodes: readonly ChaosNode[];
  readonly #wanted: number;
  #begun = 0;

  constructor(nodes: readonly ChaosNode[], wanted: number) {
    this.#nodes = nodes;
    this.#wanted = wanted;
  }

  get isDone(): boolean {
    return this.acknowledged.size >= this.#wanted;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: writers }, () => this.#writer()));
  }

  async #writer(): Promise<void> {
    while (this.#begun < this.#wanted) await this.#write(`write-${++this.#begun}`, this.#begun);
  }

  async #write(runId: string, first: number): Promise<void> {
    const path = `/api/v1/dags/${dag}/runs`;
    const body = JSON.stringify({ runId });
    for (let turn = first; ; turn++) {
      const node = this.#nodes[turn % this.#nodes.length];
      const answer = await node?.ask({ method: 'POST', path, body, key: runId });
      if (answer?.kind === 'ok') break;
      if (answer?.kind === 'refused') throw new Error(`${runId} was refused: ${answer.code}`);
      this.repeated += 1;
      await sleep(retryMs);
    }
    this.acknowledged.add(runId);
  }
}
