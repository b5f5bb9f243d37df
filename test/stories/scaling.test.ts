/** A node pool that grows and shrinks by itself, told on real processes of this machine. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../cluster/problem.ts';
import { contract } from '../../src/api/contract.ts';
import { beginStory, ended, type Story } from './story-cluster.ts';

let story: Story;
beforeAll(async () => {
  const nodeEnv = {
    ...{ SKEIN_CPU: '2', SKEIN_TUNING_LEASE_MS: '2000', SKEIN_TUNING_GRACE_MS: '500' },
    SKEIN_TUNING_EXECUTOR_HEARTBEAT_MS: '300',
  };
  story = await beginStory({ broker: 'embedded', nodeEnv });
});
afterAll(async () => {
  await story?.end();
  // Whatever the story came to: nothing that it started stays.
  for (const { pid } of processes()) process.kill(pid, 'SIGKILL');
});

const pool = {
  ...{ min: 0, max: 2, wait: '1s', cooldown: '2s', provider: { kind: 'local-process' } },
};

/** Six tasks of four seconds each, two of which a node has room for. */
const task = '{ type: shell, command: sleep 4, nodePool: burst, resources: { cpu: 1 } }';
const tasks = [...'abcdef'].map((id) => `  ${id}: ${task}\n`).join('');
const dag = `id: many\ntasks:\n${tasks}`;

/** What was written is there when it is read, whoever is asked. */
let seen = 0;

/** Of whoever is alive. */
async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const { url } = story.cluster.alive[0]!.api;
  const after = method === 'GET' ? `?minIndex=${seen}` : '';
  const response = await fetch(`${url}${path}${after}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said: unknown = await response.json();
  seen = Math.max(seen, Number(response.headers.get('x-skein-index') ?? 0));
  if (!response.ok) throw new Error(JSON.stringify(said));
  return said;
}

const poolNow = async () =>
  contract.getNodePool.reply.parse(await call('GET', '/api/v1/node-pools/burst'));
const scalings = async () => {
  const said = await call('GET', '/api/v1/node-pools/burst/scalings');
  return contract.listScalings.reply.parse(said).items;
};
const members = async (): Promise<readonly string[]> => {
  const cluster = await story.cluster.ask((api) => api.cluster());
  return cluster.members.map(({ node }) => node).filter((name) => name.startsWith('burst-'));
};

/** The processes of pool nodes of this story, by the words that they were started with. */
function processes(): readonly { readonly pid: number; readonly name: string }[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const words = commandOf(entry).split('\0');
      const isOurs = words.some(
        (word) => word.startsWith(story.folder) && /\/burst-\d+$/.test(word),
      );
      const name = words[words.indexOf('--name') + 1] ?? '';
      return isOurs && words.includes('start') ? [{ pid: Number(entry), name }] : [];
    });
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const patience = { withinMs: 60_000, everyMs: 100 };

/** The names of the processes, each of which there must be once. */
function namesOnce(): readonly string[] {
  const names = processes().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  return names.sort();
}

describe('a node pool', () => {
  it('grows for a run, outlives the leader that grew it, and goes when it is idle', async () => {
    await call('PUT', '/api/v1/node-pools/burst', pool);
    await story.apply('many', dag);
    const { runId } = await story.cluster.ask((api) => api.startRun('many', {}));
    await until('a node of the pool', patience, async () => {
      const { alive } = await poolNow();
      return alive.length > 0 || undefined;
    });
    await story.cluster.killLeader();
    const { state, tasks } = await ended(story.cluster, runId);
    expect(state).toBe('success');
    for (const { node } of tasks) expect(node).toMatch(/^burst-\d+$/);
    expect(namesOnce().length).toBeLessThanOrEqual(2);
    await until('the pool to be empty', patience, async () => {
      const { wanted, alive, draining } = await poolNow();
      namesOnce();
      const isEmpty = wanted === 0 && alive.length + draining.length === 0;
      return (isEmpty && (await members()).length === 0) || undefined;
    });
    await until('the processes to end', patience, () => processes().length === 0 || undefined);
    const said = await scalings();
    expect(said[0]).toMatchObject({ to: 0 });
    expect(said.at(-1)).toMatchObject({ from: 0, to: 1 });
    expect(said.at(-1)?.reason).toMatch(/^no nodes; \d tasks? waits?, the longest for /);
    expect(said.map(({ to }) => to)).toContain(2);
    for (const { reason } of said) expect(reason).toMatch(/\d/);
  });

  it('whose node is killed gets it back under its name', async () => {
    await call('PUT', '/api/v1/node-pools/burst', { ...pool, min: 1 });
    const first = await until('the minimum', patience, async () => (await poolNow()).alive[0]);
    const [before] = processes();
    process.kill(before!.pid, 'SIGKILL');
    const after = await until('another process', patience, () =>
      processes().find(({ pid }) => pid !== before!.pid),
    );
    expect(after.name).toBe(first);
    await until('it to be heard', patience, async () => {
      const [last] = await scalings();
      return last?.outcome === '1 of 1 nodes are up' || undefined;
    });
    namesOnce();
  });

  it('of a command is told to it by the leader, without what the leader has open', async () => {
    const told = join(story.folder, 'told');
    const script = 'cat > "$1"; readlink /proc/self/fd/* >> "$1"; echo none left >&2; exit 3';
    const provider = { kind: 'command', program: '/bin/sh', args: ['-c', script, 'sh', told] };
    await call('PUT', '/api/v1/node-pools/rented', { ...pool, min: 1, provider });
    const outcome = await until('the outcome', patience, async () => {
      const said = await call('GET', '/api/v1/node-pools/rented');
      return contract.getNodePool.reply.parse(said).last?.outcome ?? undefined;
    });
    expect(outcome).toBe('exit 3: none left');
    const [goal = '', ...open] = readFileSync(told, 'utf8').trim().split('\n');
    expect(JSON.parse(goal)).toEqual({ pool: 'rented', wanted: 1, nodes: [], remove: [] });
    expect(open.filter((file) => /\.(log|ldb)$|LOCK|MANIFEST/.test(file))).toEqual([]);
    await call('DELETE', '/api/v1/node-pools/rented');
  });

  it('ends with the node that has started it, when that ends in good order', async () => {
    const { name, child } = await story.cluster.leader();
    const own = processes();
    expect(own).toHaveLength(1);
    await child.stop();
    await until(
      `the nodes of ${name} to end`,
      patience,
      () => processes().every(({ pid }) => pid !== own[0]!.pid) || undefined,
    );
  });
});
