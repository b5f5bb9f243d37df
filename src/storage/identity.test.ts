import { describe, expect, it } from 'vitest';
import { StepClock, settled } from '../../test/ports/disk-clock.ts';
import { clusterId, incarnation, nodeId } from '../base/brand.ts';
import type { DiskError } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { checkedLine, readCheckedLine } from './checked-line.ts';
import {
  describeIdentityFault,
  type ExpectedIdentity,
  type Identity,
  type IdentityFault,
  readIdentity,
  writeIdentity,
} from './identity.ts';
import { MemoryDisk } from './memory.ts';

const identity: Identity = {
  clusterName: 'prod',
  clusterId: clusterId('c-1'),
  node: nodeId('n1'),
  incarnation: incarnation('i-1'),
  voters: undefined,
  hasStores: false,
};

const bench = () => {
  const clock = new StepClock();
  const disk = new MemoryDisk({ clock, random: new SeededRandom(1) });
  const expected = { clusterName: 'prod', node: nodeId('n1') };
  const read = (as: ExpectedIdentity = expected) =>
    settled<Result<Identity | undefined, IdentityFault>>(clock, (done) =>
      readIdentity({ disk, expected: as }, done),
    );
  const write = (next: Identity) =>
    settled<DiskError | undefined>(clock, (done) => writeIdentity({ disk, identity: next }, done));
  const file = (): Uint8Array => disk.backup().files.get('identity')!;
  const damage = (bytes: Uint8Array) =>
    settled<unknown>(clock, (done) => disk.writeFile('identity', bytes, done));
  return { disk, clock, read, write, file, damage };
};

describe('identity', () => {
  it('a new directory has none', () => {
    expect(bench().read()).toEqual({ ok: true, value: undefined });
  });

  it('is read as it was written, before and after the cluster has formed', () => {
    const { read, write } = bench();
    expect(write(identity)).toBeUndefined();
    expect(read()).toEqual({ ok: true, value: identity });
    const formed = {
      ...identity,
      voters: [{ node: nodeId('n1'), incarnation: identity.incarnation }],
      hasStores: true,
    };
    expect(write(formed)).toBeUndefined();
    expect(read()).toEqual({ ok: true, value: formed });
  });

  it('a file of format 1 says by its voters whether the stores were made', () => {
    const { read, damage } = bench();
    const { hasStores: _, ...old } = identity;
    damage(checkedLine({ format: 1, ...old }));
    expect(read()).toEqual({ ok: true, value: identity });
    const voters = [{ node: nodeId('n1'), incarnation: identity.incarnation }];
    damage(checkedLine({ format: 1, ...old, voters }));
    expect(read()).toEqual({ ok: true, value: { ...identity, voters, hasStores: true } });
  });

  it('is of format 1 as long as that can say it, so that version 0.1 reads it', () => {
    const { write, file } = bench();
    const voters = [{ node: nodeId('n1'), incarnation: identity.incarnation }];
    const formatOf = (next: Identity): unknown => {
      write(next);
      return readCheckedLine<{ readonly format: number }>(file())?.format;
    };
    expect(formatOf(identity)).toBe(1);
    expect(formatOf({ ...identity, voters, hasStores: true })).toBe(1);
    expect(formatOf({ ...identity, voters: [], hasStores: false })).toBe(2);
    expect(formatOf({ ...identity, voters: [], hasStores: true })).toBe(2);
    expect(formatOf({ ...identity, voters, hasStores: false })).toBe(2);
  });

  it('a file of a newer format is refused as such', () => {
    const { read, damage } = bench();
    damage(checkedLine({ ...identity, format: 3 }));
    expect(read()).toEqual({ ok: false, error: { kind: 'other-format', found: 3 } });
  });

  it('another cluster and another node are refused, and the text says what to do', () => {
    const { read, write } = bench();
    write(identity);
    const cluster = read({ clusterName: 'test', node: nodeId('n1') });
    expect(cluster).toMatchObject({ ok: false, error: { kind: 'other-cluster', found: 'prod' } });
    expect(cluster.ok || describeIdentityFault(cluster.error)).toContain('own cluster');
    const node = read({ clusterName: 'prod', node: nodeId('n2') });
    expect(node).toMatchObject({ ok: false, error: { kind: 'other-node', found: 'n1' } });
    expect(node.ok || describeIdentityFault(node.error)).toContain('its own directory');
  });

  it('any bit that flips is found', () => {
    const { read, write, file, damage } = bench();
    write(identity);
    const whole = file();
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = whole.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      damage(flipped);
      expect(read()).toEqual({ ok: false, error: { kind: 'corrupt' } });
    }
  });

  it('a file that was cut anywhere is found', () => {
    const { read, write, file, damage } = bench();
    write(identity);
    const whole = file();
    for (let length = 0; length < whole.length; length++) {
      damage(whole.subarray(0, length));
      expect(read()).toEqual({ ok: false, error: { kind: 'corrupt' } });
    }
  });

  it('a crash during the replacement leaves the old file or the new one', () => {
    const found = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const clock = new StepClock();
      const disk = new MemoryDisk({ clock, random: new SeededRandom(seed) });
      settled<unknown>(clock, (done) => writeIdentity({ disk, identity }, done));
      const next = { ...identity, incarnation: incarnation('i-2') };
      writeIdentity({ disk, identity: next }, () => {});
      disk.crash({ loseUnsynced: true });
      const expected = { clusterName: 'prod', node: nodeId('n1') };
      const result = settled<Result<Identity | undefined, IdentityFault>>(clock, (done) =>
        readIdentity({ disk, expected }, done),
      );
      found.add(result.ok ? (result.value?.incarnation ?? 'none') : result.error.kind);
    }
    expect([...found].sort()).toEqual(['i-1', 'i-2']);
  });
});
