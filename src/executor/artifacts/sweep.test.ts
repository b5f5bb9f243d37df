import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { s3Server } from '../../../test/support/s3-server.ts';
import { runId, wallMs } from '../../base/brand.ts';
import type { Trace } from '../../base/trace.ts';
import { realClock as clock } from '../../node/real-ports.ts';
import { type ObjectStore, openObjectStore } from '../object-store.ts';
import { attemptId } from '../testing/executor-story.ts';
import { artifactSettings } from './limits.ts';
import { RemoteObjects, type RunName } from './remote.ts';
import { ArtifactStore, type StoredObject } from './store.ts';
import { ArtifactSweep } from './sweep.ts';

const { signal } = new AbortController();
const long = new Date(Date.now() - 2 * artifactSettings.keepMs);

let dataDir = '';
let store: ArtifactStore;
let told: string[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'skein-sweep-'));
  told = [];
  store = new ArtifactStore({ dataDir, settings: artifactSettings, clock, trace });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const trace: Trace = (_level, event) => void told.push(event);

const attemptOf = (run: string, token = 1) => ({
  ...attemptId('task', token),
  runId: runId(run),
});
const refsOf = (run: string): string => join(store.root, 'refs/default', run);
const runsHere = (): string[] => readdirSync(join(store.root, 'refs/default')).toSorted();

/** A run that ended long ago has left its own name. */
async function left(run: string): Promise<StoredObject> {
  const source = async function* () {
    yield Buffer.from(run);
  };
  const kept = await store.keep(source(), { bytesMax: 100, signal });
  if (!kept.ok) throw new Error(kept.error);
  const { sha256 } = kept.value;
  await store.hold(attemptOf(run), [sha256]);
  for (const path of [store.pathOf(sha256), refsOf(run)]) utimesSync(path, long, long);
  return kept.value;
}

async function sweep(forgotten: (run: RunName) => Promise<void>): Promise<void> {
  const ended = { status: 'ended', endedAt: wallMs(long.getTime()) } as const;
  const fatesOf = async (runs: readonly unknown[]) => runs.map(() => ended);
  const { keepMs } = artifactSettings;
  const sweeping = new ArtifactSweep({ clock, store, keepMs, trace, forgotten, fatesOf });
  await sweeping.sweep();
  sweeping.stop();
}

test('sweep: a store that refuses to remove keeps nothing here, and is asked again', async () => {
  const server = await s3Server();
  try {
    const real = await openObjectStore(server.settings);
    let isAllowed = false;
    const remove: ObjectStore['remove'] = async (key) => {
      if (!isAllowed) throw new Error('AccessDenied');
      await real.remove(key);
    };
    const remote = new RemoteObjects({ prefix: '', open: async () => ({ ...real, remove }) });
    const runs = ['run-1', 'run-2', 'run-3'];
    for (const run of runs) {
      const object = await left(run);
      const source = store.bytesOf(object.sha256);
      await remote.put(attemptOf(run), object, { source, signal });
    }
    await sweep((run) => remote.forget(run));
    expect(told).toEqual(['executor.artifacts_not_forgotten']);
    // What was held a moment ago stays for another sweep (A3).
    for (let at = 0; at < 2; at++) await sweep((run) => remote.forget(run));
    expect(store.bytes).toBe(0);
    expect(runsHere()).toEqual(runs);
    expect(await real.list('', 100)).toHaveLength(runs.length);
    isAllowed = true;
    for (const run of runs) utimesSync(refsOf(run), long, long);
    await sweep((run) => remote.forget(run));
    expect(await real.list('', 100)).toEqual([]);
    expect(runsHere()).toEqual([]);
  } finally {
    await server.close();
  }
});

test('sweep: a store that is away is asked 20 times, and what is here goes', async () => {
  const runs = Array.from({ length: 30 }, (_, at) => `run-${10 + at}`);
  for (const run of runs) await left(run);
  const asked = new Set<string>();
  await sweep(async ({ runId: run }) => {
    asked.add(run);
    throw new Error('fetch failed');
  });
  expect(asked.size).toBe(20);
  expect(runsHere().map((run) => readdirSync(refsOf(run)))).toEqual(runs.map(() => []));
  expect(told).toEqual(['executor.artifacts_not_forgotten']);
});

test('sweep: what comes to a run while it is let go stays', async () => {
  const { sha256 } = await left('run-1');
  await sweep(() => store.hold(attemptOf('run-1', 2), [sha256]));
  expect(readdirSync(refsOf('run-1'))).toEqual(['task~0~2']);
});
