/**
 * The frame of every chaos run: a folder, the tools, a world; and afterwards, however the run went,
 * no process and no folder that nobody needs.
 *
 * It owns the folder and the world. It does not own what is played on it.
 *
 * Invariants:
 *   S1  When the program ends short of SIGKILL, the world has been destroyed.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkout } from '../places.ts';
import { Problem, sleep } from '../problem.ts';
import type { ChaosNode } from './chaos-node.ts';
import { checkEnds, checkOrphans, orphansOf } from './checks/processes.ts';
import { type Finding, finding } from './finding.ts';
import { type Host, probeHost } from './host.ts';
import type { ChaosOptions } from './options.ts';
import { type ChaosResult, print, printResult, violationsOf, writeResult } from './result.ts';
import { provideTools } from './tools.ts';
import { startWorld, type World } from './world.ts';

export interface Stage {
  readonly options: ChaosOptions;
  readonly folder: string;
  readonly world: World;
  readonly host: Host;
  /** A line of the story, with the time. */
  readonly say: (text: string) => void;
}

/** What a play leaves to its frame. */
export type Played = Pick<ChaosResult, 'figures' | 'faults' | 'notRunnable' | 'details'> & {
  readonly findings: readonly Finding[];
};

/** Leases end after this long at the latest, and with them what a dead node has left. */
const orphansMsMax = 15_000;

export async function onStage(
  options: ChaosOptions,
  play: (stage: Stage) => Promise<Played>,
): Promise<number> {
  const startMs = performance.now();
  const folder = makeFolder(options.dataDir);
  const skein = resolve(options.skein ?? checkout);
  const say = (text: string): void =>
    print(`${((performance.now() - startMs) / 1000).toFixed(1).padStart(7)} s  ${text}`);
  let world: World | undefined;
  let result: ChaosResult | undefined;
  endOnSignals(async () => {
    await world?.destroy();
    if (options.dataDir === null) rmSync(folder, { recursive: true, force: true });
  });
  try {
    const tools = provideTools(folder);
    world = await startWorld({ folder, nodes: options.nodes, skein, tools });
    const late = await world.ready();
    if (late.length > 0) throw new Problem(`not ready in time: ${late.join(', ')}; see ${folder}`);
    const host = await probeHost(tools, firstOf(world));
    say(`${options.nodes} nodes and ${world.mesh.servers.length} nats-servers run in ${folder}`);
    const { nodes } = world;
    const played = await play({ options, folder, world, host, say }).catch((error: Error) =>
      brokenOff(nodes, error),
    );
    result = await close({ played, options, folder, world, skein, startMs });
  } finally {
    await world?.destroy();
    const isKept = options.dataDir !== null || result === undefined || violationsOf(result) > 0;
    if (!isKept) rmSync(folder, { recursive: true });
    else if (result === undefined) print(`History, logs and data: ${folder}`);
  }
  if (options.reportFile !== null) writeResult(options.reportFile, result);
  printResult(result);
  return violationsOf(result) === 0 ? 0 : 1;
}

/** A play that cannot go on is a violation too: something waited in vain for the cluster. */
const brokenOff = (nodes: readonly ChaosNode[], error: Error): Played => ({
  findings: [finding('plays that broke off', 'see below', [error.message]), checkEnds(nodes)],
  figures: {},
  faults: {},
  notRunnable: {},
  details: { stack: error.stack },
});

/** Ends the world and looks for what is left of it. */
async function close(parts: {
  readonly played: Played;
  readonly options: ChaosOptions;
  readonly folder: string;
  readonly world: World;
  readonly skein: string;
  readonly startMs: number;
}): Promise<ChaosResult> {
  const { played, options, folder, world, skein, startMs } = parts;
  world.watch.stop();
  await Promise.all(world.nodes.map((node) => node.stop()));
  const findings = [...played.findings, checkOrphans(await remainingOrphans(folder))];
  const isBad = findings.some(({ violations }) => violations > 0);
  return {
    ...played,
    findings,
    mode: options.mode,
    command: commandOf(options),
    build: buildOf(skein),
    seed: options.seed,
    nodes: options.nodes,
    durationMs: Math.round(performance.now() - startMs),
    artefacts: isBad || options.dataDir !== null ? folder : null,
  };
}

/** What is still there when every lease has ended. */
async function remainingOrphans(folder: string): Promise<readonly string[]> {
  const deadlineMs = performance.now() + orphansMsMax;
  for (;;) {
    const orphans = orphansOf(folder);
    if (orphans.length === 0 || performance.now() > deadlineMs) return orphans;
    await sleep(250);
  }
}

function makeFolder(wanted: string | null): string {
  if (wanted === null) return mkdtempSync(join(tmpdir(), 'skein-chaos-'));
  const folder = resolve(wanted, new Date().toISOString().replaceAll(/[:.]/g, '-'));
  mkdirSync(folder, { recursive: true });
  return folder;
}

function firstOf({ nodes }: World) {
  const [first] = nodes;
  if (first === undefined) throw new Error('a world has nodes');
  return first;
}

/** A second signal does not wait: what is left then dies with this process. */
function endOnSignals(clean: () => Promise<void>): void {
  let isEnding = false;
  const end = async (): Promise<void> => {
    if (!isEnding) {
      isEnding = true;
      await clean();
    }
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
}

function commandOf(options: ChaosOptions): string {
  const { mode, minutes, seed, nodes, faults, writes, flips, truncations } = options;
  const what = {
    mixed: `--minutes ${minutes}${faults === null ? '' : ` --faults ${faults.join(',')}`}`,
    'power-loss': `--power-loss --writes ${writes}`,
    flips: `--flips ${flips} --truncations ${truncations}`,
  };
  return `npm run chaos -- ${what[mode]} --seed ${seed} --nodes ${nodes}`;
}

function buildOf(skein: string): string {
  const { version } = JSON.parse(readFileSync(join(skein, 'package.json'), 'utf8'));
  const git = spawnSync('git', ['describe', '--always', '--dirty'], {
    cwd: skein,
    encoding: 'utf8',
  });
  return `${version}${git.status === 0 ? ` ${git.stdout.trim()}` : ''}, Node ${process.version}`;
}
