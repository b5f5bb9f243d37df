import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { monotonicMs } from '../../base/brand.ts';
import { silentTrace } from '../../base/trace.ts';
import { realClock } from '../../node/real-ports.ts';
import { artifactSettings, storeLimits } from './limits.ts';
import { ArtifactStore } from './store.ts';

let dataDir = '';
let store: ArtifactStore;
let now = monotonicMs(0);
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'skein-store-'));
  const settings = artifactSettings;
  const clock = { wallMs: realClock.wallMs, monotonicMs: () => now };
  store = new ArtifactStore({ dataDir, settings, clock, trace: silentTrace });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

async function* pieces(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const { signal } = new AbortController();
const digestOf = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');
const expected = { sha256: digestOf('content'), bytes: 7 };

test('store: what comes in pieces is kept under its digest', async () => {
  const kept = await store.keep(pieces('con', 'tent'), { bytesMax: 7, expected, signal });
  expect(kept).toEqual({ ok: true, value: expected });
  expect(readFileSync(store.pathOf(expected.sha256), 'utf8')).toBe('content');
});

test('store: what comes from elsewhere and is not what it was to be is not kept', async () => {
  const kept = await store.keep(pieces('CONTENT'), { bytesMax: 7, expected, signal });
  expect(kept).toEqual({ ok: false, error: 'is not what its digest says' });
  for (const sha256 of [expected.sha256, digestOf('CONTENT')]) {
    expect(existsSync(store.pathOf(sha256))).toBe(false);
  }
  expect(store.bytes).toBe(0);
});

test('store: what was damaged here is replaced when it is left anew', async () => {
  const keep = () => store.keep(pieces('content'), { bytesMax: 7, signal });
  await keep();
  const damaged = store.pathOf(expected.sha256);
  writeFileSync(damaged, 'CONTENT');
  now = monotonicMs(now + storeLimits.believedMs);
  expect(await keep()).toEqual({ ok: true, value: expected });
  expect(readFileSync(damaged, 'utf8')).toBe('content');
  expect(store.bytes).toBe(7);
  now = monotonicMs(now + storeLimits.believedMs);
  expect(await store.isWhole(expected)).toBe(true);
});

test('store: what is left anew while somebody looks at its damage stays', async () => {
  const content = Buffer.alloc(3_000_000, 'x');
  const object = { sha256: digestOf(content), bytes: content.length };
  for (let round = 0; round < 10; round += 1) {
    mkdirSync(dirname(store.pathOf(object.sha256)), { recursive: true });
    writeFileSync(store.pathOf(object.sha256), Buffer.alloc(content.length, 'y'));
    now = monotonicMs(now + storeLimits.believedMs);
    let look: Promise<boolean> | undefined;
    const source = async function* () {
      yield content;
      look = store.isWhole(object);
    };
    const kept = await store.keep(source(), { bytesMax: content.length, signal });
    await look;
    expect(kept.ok && existsSync(store.pathOf(object.sha256))).toBe(true);
  }
});

test('store: the same content, kept by two at the same time, takes room once', async () => {
  for (let round = 0; round < 30; round += 1) {
    const keep = () => store.keep(pieces(`content ${round}`), { bytesMax: 20, signal });
    const [one, other] = await Promise.all([keep(), keep()]);
    expect(one).toEqual(other);
  }
  let taken = 0;
  for await (const { bytes } of store.objects()) taken += bytes;
  expect(store.bytes).toBe(taken);
});
