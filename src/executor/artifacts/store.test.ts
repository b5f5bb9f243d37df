import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentTrace } from '../../base/trace.ts';
import { realClock } from '../../node/real-ports.ts';
import { artifactSettings } from './limits.ts';
import { ArtifactStore } from './store.ts';

let dataDir = '';
let store: ArtifactStore;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'skein-store-'));
  const settings = artifactSettings;
  store = new ArtifactStore({ dataDir, settings, clock: realClock, trace: silentTrace });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

async function* pieces(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const { signal } = new AbortController();
const expected = { sha256: createHash('sha256').update('content').digest('hex'), bytes: 7 };

test('store: what comes in pieces is kept under its digest', async () => {
  const kept = await store.keep(pieces('con', 'tent'), { bytesMax: 7, expected, signal });
  expect(kept).toEqual({ ok: true, value: expected });
  expect(readFileSync(store.pathOf(expected.sha256), 'utf8')).toBe('content');
});

test('store: what comes from elsewhere and is not what it was to be is not kept', async () => {
  const kept = await store.keep(pieces('CONTENT'), { bytesMax: 7, expected, signal });
  expect(kept).toEqual({ ok: false, error: 'is not what its digest says' });
  const other = createHash('sha256').update('CONTENT').digest('hex');
  for (const sha256 of [expected.sha256, other]) {
    expect(existsSync(store.pathOf(sha256))).toBe(false);
  }
  expect(store.bytes).toBe(0);
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
