/**
 * One node's directory is damaged again and again: a bit flipped, a file cut or deleted, while the
 * node is stopped. Started again, it must answer as the others do, or stop and say why.
 *
 * Its tasks write nothing, so no task log is damaged: those carry no checksum of their own. Nor is
 * what the node has set aside from former lives, which it never reads again.
 */
import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { below, SeededRandom } from '../../src/base/random.ts';
import { unprovenFolder } from '../../src/storage/table-check.ts';
import { sleep, until } from '../problem.ts';
import { applyDag } from './apply-dag.ts';
import type { ChaosNode } from './chaos-node.ts';
import { checkAnswers, checkDigests } from './checks/equality.ts';
import { finding } from './finding.ts';
import { filesBelow } from './folders.ts';
import type { Played, Stage } from './stage.ts';
import type { World } from './world.ts';

const dag = 'chaos-flips';
const definition = {
  id: dag,
  tasks: { a: { type: 'noop' }, b: { type: 'noop', dependsOn: ['a'] } },
};
/** Runs that are there before the first damage, and more before each. */
const runsBefore = 200;
const runsBetween = 5;
/** A damaged node is ready, or has ended, within this time. */
const verdictMsMax = 90_000;

/** A node that found damage takes a moment to end. */
const endingMs = 300;

type Kind = 'flip' | 'cut' | 'delete';

export async function playFlips(stage: Stage): Promise<Played> {
  const { world, options, say } = stage;
  const random = new SeededRandom(options.seed);
  await applyDag(world, dag, JSON.stringify(definition));
  await startRuns(world.nodes, runsBefore);
  const victim = world.pick(random);
  const others = world.nodes.filter((node) => node !== victim);
  const counts: Record<string, number> = {};
  const wrong: string[] = [];
  for (const kind of kindsOf(options, random)) {
    await victim.stop();
    const backup = `${victim.dataDir}-backup`;
    cpSync(victim.dataDir, backup, { recursive: true });
    const what = damage(victim.dataDir, kind, random);
    await startRuns(others, runsBetween);
    const { outcome, violations } = await judge(world, victim);
    say(`${what}: ${outcome}`);
    const sort = outcome.split(':')[0] ?? outcome;
    counts[`${kind}, ${sort}`] = (counts[`${kind}, ${sort}`] ?? 0) + 1;
    wrong.push(...violations.map((line) => `${what}: ${line}`));
    if (!victim.isAlive) await bringBack(stage, victim, backup);
    rmSync(backup, { recursive: true });
  }
  return {
    findings: [
      finding('wrong answers and ends without a reason', `${victim.name} was damaged`, wrong),
      await checkDigests(world.nodes),
      await checkAnswers(world.nodes),
    ],
    figures: {},
    faults: counts,
    notRunnable: {},
    details: {},
  };
}

/** Flips and other damage, in a random order. */
function kindsOf({ flips, truncations }: Stage['options'], random: SeededRandom): readonly Kind[] {
  const kinds: Kind[] = [
    ...Array.from({ length: flips }, (): Kind => 'flip'),
    ...Array.from(
      { length: truncations },
      (_, place): Kind => (place % 2 === 0 ? 'cut' : 'delete'),
    ),
  ];
  return kinds
    .map((kind) => ({ kind, at: random.uint32() }))
    .sort((a, b) => a.at - b.at)
    .map(({ kind }) => kind);
}

/**
 * Damages one file that holds something; large files are as likely as small ones. LevelDB's notes
 * for people (LOG) are left out: nobody reads them, so damaging them proves nothing.
 */
function damage(folder: string, kind: Kind, random: SeededRandom): string {
  const files = filesBelow(folder).filter(
    (path) => statSync(path).size > 0 && !/\/set-aside|\/LOG(\.old)?$/.test(path),
  );
  const path = files[below(random, files.length)];
  if (path === undefined) throw new Error(`${folder} holds nothing`);
  const at = below(random, statSync(path).size);
  const name = relative(folder, path);
  if (kind === 'delete') {
    rmSync(path);
    return `${name} deleted`;
  }
  if (kind === 'cut') {
    truncateSync(path, at);
    return `${name} cut to ${at} bytes`;
  }
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  const bit = below(random, 8);
  byte.writeUInt8(byte.readUInt8() ^ (1 << bit));
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
  return `${name} bit ${at}.${bit} flipped`;
}

interface Verdict {
  /** For people; up to the colon it names a sort. */
  readonly outcome: string;
  readonly violations: readonly string[];
}

/** Reasons that a node may have to stop: storage, identity, a broken promise. */
const reasonable: readonly (number | null)[] = [70, 71, 72];

/** Starts the victim and waits until it is ready, and then agrees, or has ended. */
async function judge(world: World, victim: ChaosNode): Promise<Verdict> {
  // Nobody else starts it again when it ends.
  victim.heldDown = true;
  victim.start();
  const waiting = { withinMs: verdictMsMax, everyMs: 50 };
  const state = await until('a verdict', waiting, async () => {
    if (!victim.isAlive) return 'ended';
    return (await victim.isReady()) ? 'ready' : undefined;
  }).catch(() => 'undecided');
  if (state === 'undecided') {
    await victim.kill('tree');
    return { outcome: 'undecided', violations: ['neither ready nor ended'] };
  }
  // Reading everything may be what finds the damage, and then the node stops.
  const answers = state === 'ended' ? undefined : await checkAnswers(world.nodes);
  await until('its tables to be proven', waiting, async () => !isBeingProven(victim) || undefined);
  await sleep(endingMs);
  if (!victim.isAlive) return judgeEnd(victim);
  if (answers !== undefined && answers.violations > 0)
    return { outcome: 'DIFFERS', violations: [answers.examples.join(', ')] };
  return judgeHealth(world, victim);
}

/** A node is ready before the last table of its ledger is proven; this is gone behind that. */
const isBeingProven = ({ isAlive, dataDir }: ChaosNode): boolean =>
  isAlive &&
  readdirSync(dataDir)
    .filter((name) => name.startsWith('ledger'))
    .some((name) => existsSync(join(dataDir, name, unprovenFolder)));

/** A node that healed has set its damaged data aside and has, before long, its vote again. */
async function judgeHealth(world: World, victim: ChaosNode): Promise<Verdict> {
  const aside = readdirSync(victim.dataDir).filter((name) => name.startsWith('set-aside'));
  if (aside.length === 0) return { outcome: 'agrees', violations: [] };
  const isWhole = await world.whole(verdictMsMax).then(
    () => true,
    () => false,
  );
  // As people are told to: a node sets data aside a few times only.
  for (const name of aside) rmSync(join(victim.dataDir, name), { recursive: true });
  return { outcome: 'heals', violations: isWhole ? [] : ['it has no vote again'] };
}

function judgeEnd(victim: ChaosNode): Verdict {
  const end = victim.ends.at(-1);
  const why = `stopped with ${end?.code ?? end?.signal}: ${end?.lastWords}`;
  const isGood = reasonable.includes(end?.code ?? null) && end?.lastWords !== '';
  return { outcome: why, violations: isGood ? [] : [why] };
}

/**
 * A node that has stopped comes back: with an empty directory where the build takes it in again,
 * otherwise with what it had before the damage.
 */
async function bringBack({ world, host }: Stage, victim: ChaosNode, backup: string): Promise<void> {
  victim.forgetEverything();
  if (!host.hasMembership) cpSync(backup, victim.dataDir, { recursive: true });
  victim.release();
  await world.whole(verdictMsMax);
}

let runsStarted = 0;

async function startRuns(nodes: readonly ChaosNode[], count: number): Promise<void> {
  const path = `/api/v1/dags/${dag}/runs`;
  for (let left = count; left > 0; left--) {
    const runId = `run-${++runsStarted}`;
    let turn = runsStarted;
    await until(`${runId} to be accepted`, { withinMs: 30_000, everyMs: 20 }, async () => {
      const node = nodes[turn++ % nodes.length];
      const body = JSON.stringify({ runId });
      const answer = await node?.ask({ method: 'POST', path, body, key: runId });
      return answer?.kind === 'ok' || undefined;
    });
  }
}
