import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NamespaceFile } from './namespace-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-namespaces-'));
  path = join(folder, 'data', 'namespaces');
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (): string => readFileSync(path, 'utf8');

test('kubernetes namespaces: what a life keeps, the next one finds', async () => {
  const file = new NamespaceFile(path);
  expect([...(await file.listed())]).toEqual([]);
  await Promise.all([file.keep('work'), file.keep('play'), file.keep('work')]);
  expect([...(await new NamespaceFile(path).listed())].sort()).toEqual(['play', 'work']);
});

test('kubernetes namespaces: what is kept is not forgotten, whichever comes first', async () => {
  await new NamespaceFile(path).keep('work');
  const later = new NamespaceFile(path);
  await Promise.all([later.keep('work'), later.forget('work')]);
  expect(text()).toBe('work\n');
  const last = new NamespaceFile(path);
  await Promise.all([last.forget('work'), last.keep('work')]);
  expect(text()).toBe('work\n');
});

test('kubernetes namespaces: the others stay when one is forgotten', async () => {
  const file = new NamespaceFile(path);
  await Promise.all([file.keep('work'), file.keep('play')]);
  await new NamespaceFile(path).forget('play');
  expect(text()).toBe('work\n');
});
