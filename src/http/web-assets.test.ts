import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { WebAssets } from './web-assets.ts';

const folder = mkdtempSync(join(tmpdir(), 'skein-web-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'web/assets'), { recursive: true });
writeFileSync(join(folder, 'secret.txt'), 'secret');
writeFileSync(join(folder, 'web/index.html'), '<!doctype html>');
writeFileSync(join(folder, 'web/assets/page-1a2b.js'), 'page()');
writeFileSync(join(folder, 'web/assets/page-1a2b.js.gz'), gzipSync('page()'));

const web = new WebAssets(join(folder, 'web'));
const document = { accept: 'text/html,application/xhtml+xml' };

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  web.answer(new Request(`http://n1:8080${path}`, { headers, method }), ['http://n2:8080']);

test('web: a file is served with its type, zipped for who takes that', async () => {
  const plain = await get('/assets/page-1a2b.js');
  expect(await plain?.text()).toBe('page()');
  expect(plain?.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(plain?.headers.get('cache-control')).toContain('immutable');
  const zipped = await get('/assets/page-1a2b.js', { 'accept-encoding': 'br, gzip' });
  expect(zipped?.headers.get('content-encoding')).toBe('gzip');
  expect(await zipped?.arrayBuffer()).toHaveProperty('byteLength', gzipSync('page()').length);
});

test('web: every place within it is the page, and may talk to the cluster alone', async () => {
  for (const path of ['/', '/runs/manual-1', '/dags/a%2Fb', '/assets/gone.js']) {
    const page = await get(path, document);
    expect(await page?.text()).toBe('<!doctype html>');
    const policy = page?.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("connect-src 'self' http://n2:8080;");
    expect(policy).toContain("script-src 'self';");
    expect(page?.headers.get('cache-control')).toBe('no-cache');
  }
  expect(await (await get('/', document, 'HEAD'))?.text()).toBe('');
});

test('web: nothing else is', async () => {
  for (const path of ['/api/v1/none', '/api/v1/..%2f..%2fsecret.txt']) {
    expect(await get(path, document)).toBeUndefined();
  }
  for (const path of ['/secret.txt', '/..%2fsecret.txt', '/assets/../../secret.txt', '/x.js']) {
    expect(await get(path)).toBeUndefined();
  }
  expect(await get('/', document, 'POST')).toBeUndefined();
  expect(await get('/assets/page-1a2b.js.gz')).toBeUndefined();
});

test('web: without a build there is no page', async () => {
  const none = new WebAssets(join(folder, 'never-built'));
  const request = new Request('http://n1:8080/', { headers: document });
  expect(await none.answer(request, [])).toBeUndefined();
});
