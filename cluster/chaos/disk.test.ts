import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultyDisk } from './disk.ts';

describe('chaos disk', () => {
  let beside: string;
  let folder: string;
  let disk: FaultyDisk;

  beforeEach(() => {
    beside = mkdtempSync(join(tmpdir(), 'skein-chaos-disk-'));
    folder = join(beside, 'data');
    mkdirSync(folder);
    disk = new FaultyDisk({ folder, beside, shim: '/nowhere.so' });
  });

  afterEach(() => rmSync(beside, { recursive: true }));

  const sync = (name: string): void => {
    const { ino, size } = statSync(join(folder, name));
    appendFileSync(join(beside, 'disk-journal'), `${ino} ${size}\n`);
  };

  it('keeps of each file what was synced last', () => {
    writeFileSync(join(folder, 'log'), 'synced');
    sync('log');
    appendFileSync(join(folder, 'log'), ' and not');
    writeFileSync(join(folder, 'never'), 'synced');
    expect(disk.losePower()).toBe(' and not'.length + 'synced'.length);
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('synced');
    expect(readFileSync(join(folder, 'never'), 'utf8')).toBe('');
  });

  it('takes what a power loss has left as synced', () => {
    writeFileSync(join(folder, 'log'), 'synced');
    sync('log');
    disk.losePower();
    expect(disk.losePower()).toBe(0);
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('synced');
  });

  it('hands its knobs to the library as four integers', () => {
    disk.set('sync-slow', { ms: 200 });
    const knobs = readFileSync(join(beside, 'disk-control'));
    expect([0, 4, 8, 12].map((at) => knobs.readInt32LE(at))).toEqual([3, -1, 200, 0]);
  });
});
