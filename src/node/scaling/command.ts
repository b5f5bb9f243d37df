/**
 * Nodes by a program of the operator's: it is told the goal as JSON on its standard input, and
 * brings it about in whatever way it knows. Its exit code and what it writes to standard error are
 * the outcome.
 *
 * The program is named by an operator in the rules of the pool, by its absolute path; no shell
 * reads its arguments, and it gets nothing of the node's environment but where programs are found.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { NodeProvider } from '../../model/node-pool.ts';
import { aliveIn, failed, type NodeSource, type PoolGoal, type Pursued, silentIn } from './goal.ts';
import type { Hand, Launched } from './hand.ts';

type CommandProvider = Extract<NodeProvider, { readonly kind: 'command' }>;

export interface CommandNodesOptions {
  /** Where its input and output are put while it runs. */
  readonly folder: string;
  readonly hand: Hand;
  readonly timeoutMs?: number;
}

/** A program that has not ended by then is ended. */
const timeoutMsDefault = 60_000;
/** Between asking it to end and ending it. */
const patienceMs = 2_000;
/** Of what it writes to standard error, the end. */
const errorCharacters = 300;

export class CommandNodes implements NodeSource {
  readonly againMs = 30_000;
  readonly #options: CommandNodesOptions;

  constructor(options: CommandNodesOptions) {
    this.#options = options;
  }

  async pursue(goal: PoolGoal): Promise<Pursued> {
    const { provider } = goal;
    if (provider.kind !== 'command') return failed('the pool has no command');
    if (!isAbsolute(provider.program)) return failed(`${provider.program} is no absolute path`);
    try {
      return await this.#tell(goal, provider);
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  async #tell(goal: PoolGoal, { program, args }: CommandProvider): Promise<Pursued> {
    const { folder, hand, timeoutMs = timeoutMsDefault } = this.#options;
    const { pool, wanted, nodes, remove } = goal;
    await mkdir(folder, { recursive: true });
    const file = (suffix: string): string => join(folder, `${pool}.${suffix}`);
    await writeFile(file('in'), `${JSON.stringify({ pool, wanted, nodes, remove })}\n`);
    const launched = await hand.start({
      ...{ program, args, cwd: '/', env: { PATH: process.env.PATH ?? '/usr/bin:/bin' } },
      ...{ input: file('in'), output: '/dev/null', errors: file('err') },
    });
    if (!launched.ok) return failed(launched.error);
    const code = await ended(launched.value, timeoutMs);
    const said = (await readFile(file('err'), 'utf8')).trim().slice(-errorCharacters);
    const how = code === 'late' ? `it did not end within ${timeoutMs / 1000} s` : `exit ${code}`;
    if (code !== 0) return failed(said === '' ? how : `${how}: ${said}`);
    const isDone = aliveIn(goal) >= wanted && remove.length === 0;
    return { isDone, outcome: said === '' ? how : `${how}: ${said}`, gone: silentIn(goal) };
  }
}

async function ended(
  { pid, exited }: Launched,
  timeoutMs: number,
): Promise<number | null | 'late'> {
  const first = await inTime(exited, timeoutMs);
  if (first !== 'late') return first;
  signal(pid, 'SIGTERM');
  if ((await inTime(exited, patienceMs)) === 'late') signal(pid, 'SIGKILL');
  return 'late';
}

async function inTime<T>(promise: Promise<T>, ms: number): Promise<T | 'late'> {
  const timer = new AbortController();
  const late = wait(ms, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const);
  const first = await Promise.race([promise, late]);
  timer.abort();
  return first;
}

/** It may have ended by itself in this moment. */
function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {}
}
