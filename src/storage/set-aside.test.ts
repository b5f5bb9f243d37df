import { describe, expect, it } from 'vitest';
import { StepClock, settled } from '../../test/ports/disk-clock.ts';
import {
  batchOn,
  cycle,
  emptyModel,
  firstMembers,
  opened,
  openLog,
  writeLog,
} from '../../test/ports/disk-log-model.ts';
import { clusterId, incarnation, nodeId } from '../base/brand.ts';
import type { DiskError, Random, Store } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { type Identity, type IdentityFault, readIdentity, writeIdentity } from './identity.ts';
import { writeLedgerPlace } from './ledger-place.ts';
import { openLogStore } from './log-store.ts';
import { MemoryDisk } from './memory.ts';
import {
  damageFile,
  type HealOptions,
  hasOrphans,
  healDirectory,
  resumeHealing,
} from './set-aside.ts';
import { setAsideFolder, setAsideMax } from './set-aside-note.ts';
import { describeHealRefusal, type HealRefusal } from './set-aside-refusal.ts';

const expected = { clusterName: 'prod', node: nodeId('n1'), expect: 3 };

const voter = (node: string) => ({ node: nodeId(node), incarnation: incarnation(`${node}-1`) });

const former: Identity = {
  clusterName: 'prod',
  clusterId: clusterId('c-1'),
  node: nodeId('n1'),
  incarnation: incarnation('n1-1'),
  voters: [voter('n1'), voter('n2'), voter('n3')],
  hasStores: true,
};

const healed: Identity = {
  ...former,
  incarnation: incarnation('n1-2'),
  voters: [],
  hasStores: false,
};

/** A directory with everything in it. */
class Directory {
  readonly clock = new StepClock();
  readonly disk: MemoryDisk;

  constructor(random: Random = new SeededRandom(1)) {
    this.disk = new MemoryDisk({ clock: this.clock, random, syncLatencyMs: () => 1 });
  }

  fill(identity: Identity = former): this {
    const { disk, clock } = this;
    this.ask<unknown>((done) => writeIdentity({ disk, identity }, done));
    const log = opened(openLog(disk, clock, true));
    writeLog(log, clock, batchOn(emptyModel, { term: 4, vote: 'n1', append: ['one'] }));
    this.ask<void>((done) => log.close(done));
    this.make('ledger-1');
    const place = { store: 'ledger-1', number: 1, base: undefined };
    this.ask<unknown>((done) => writeLedgerPlace(disk, place, done));
    this.ask<unknown>((done) => disk.writeFile(damageFile, Buffer.from('why'), done));
    return this;
  }

  make(name: string): void {
    const store = this.ask<Result<Store, DiskError>>((done) =>
      this.disk.openStore(name, { create: true }, done),
    );
    if (!store.ok) throw store.error;
    this.ask<void>((done) => store.value.close(done));
  }

  ask<T>(start: (done: (value: T) => void) => void): T {
    return settled(this.clock, start);
  }

  options(more: Partial<HealOptions> = {}): HealOptions {
    return {
      disk: this.disk,
      identity: former,
      expected,
      why: 'LOG_CORRUPT: a test',
      newIncarnation: healed.incarnation,
      ...more,
    };
  }

  heal(more: Partial<HealOptions> = {}): Result<Identity, HealRefusal> {
    return this.ask((done) => healDirectory(this.options(more), done));
  }

  resume(): Result<Identity | undefined, HealRefusal> {
    return this.ask((done) => resumeHealing(this.disk, done));
  }

  identity(): Result<Identity | undefined, IdentityFault> {
    return this.ask((done) => readIdentity({ disk: this.disk, expected }, done));
  }

  orphans(): Result<boolean, HealRefusal> {
    return this.ask((done) => hasOrphans(this.disk, done));
  }

  names(): string[] {
    const { files, slots, stores } = this.disk.backup();
    return [...files.keys(), ...slots.keys(), ...stores.keys()].sort();
  }
}

const whole = ['damaged', 'head', 'identity', 'ledger-1', 'ledger-place', 'log'];
const aside = whole.map((name) => `set-aside-1/${name}`);

describe('healing', () => {
  it('sets everything aside and leaves a directory with a new identity alone', () => {
    const directory = new Directory().fill();
    expect(directory.heal()).toEqual({ ok: true, value: healed });
    expect(directory.names()).toEqual([...aside, 'identity', 'set-aside'].sort());
    expect(directory.identity()).toEqual({ ok: true, value: healed });
    expect(directory.resume()).toEqual({ ok: true, value: undefined });
    const log = directory.ask<Parameters<Parameters<typeof openLogStore>[1]>[0]>((done) =>
      openLogStore(
        { disk: directory.disk, clock: directory.clock, create: true, members: firstMembers },
        done,
      ),
    );
    expect(opened(log).found).toMatchObject({ lastIndex: 0, hardState: { term: 0 } });
  });

  it('a lost or damaged identity is replaced by one that has to join', () => {
    const directory = new Directory().fill();
    const result = directory.heal({ identity: undefined });
    expect(result).toEqual({ ok: true, value: { ...healed, clusterId: '' } });
  });

  it('all ledgers are set aside when nobody knows which one counts', () => {
    const directory = new Directory().fill();
    for (const name of ['ledger', 'ledger-7']) directory.make(name);
    directory.ask((done) => directory.disk.writeFile('ledger-place', Buffer.from('x'), done));
    expect(directory.heal().ok).toBe(true);
    expect(directory.names()).toContain('set-aside-1/ledger-7');
    expect(directory.names().filter((name) => name.startsWith('ledger'))).toEqual([]);
  });

  it('a directory that never belonged to a cluster may still help to form one', () => {
    const identity = { ...former, clusterId: clusterId(''), voters: undefined, hasStores: false };
    const result = new Directory().fill(identity).heal({ identity });
    expect(result.ok && result.value.voters).toBeUndefined();
  });

  it('a cluster of one is not touched', () => {
    const alone = { ...former, voters: [voter('n1')] };
    const cases: readonly Partial<HealOptions>[] = [
      { identity: alone },
      { identity: undefined, expected: { ...expected, expect: 1 } },
    ];
    for (const options of cases) {
      const directory = new Directory().fill(alone);
      const result = directory.heal(options);
      expect(result).toEqual({ ok: false, error: { kind: 'alone' } });
      expect(result.ok || describeHealRefusal(result.error)).toContain('whole cluster');
      expect(directory.names()).toEqual([...whole].sort());
    }
  });

  it('a directory that another process uses is not touched', () => {
    const directory = new Directory().fill();
    opened(openLog(directory.disk, directory.clock));
    expect(directory.heal()).toMatchObject({ ok: false, error: { kind: 'disk' } });
    expect(directory.names()).toEqual([...whole].sort());
  });

  it('it happens so often and no more, and each life is kept', () => {
    const directory = new Directory();
    for (let life = 1; life <= setAsideMax; life++) {
      directory.fill();
      expect(directory.heal().ok).toBe(true);
      expect(directory.names()).toContain(`${setAsideFolder(life)}/log`);
    }
    directory.fill();
    const before = directory.names();
    const result = directory.heal();
    expect(result).toEqual({ ok: false, error: { kind: 'full' } });
    expect(result.ok || describeHealRefusal(result.error)).toContain('set-aside-3');
    expect(directory.names()).toEqual(before);
  });

  it('a damaged note ends in a refusal, before and after', () => {
    const directory = new Directory().fill();
    directory.ask((done) => directory.disk.writeFile('set-aside', Buffer.from('{}\n'), done));
    expect(directory.heal()).toEqual({ ok: false, error: { kind: 'note-corrupt' } });
    expect(directory.resume()).toEqual({ ok: false, error: { kind: 'note-corrupt' } });
  });

  it('a store without an identity is known, and an empty directory is new', () => {
    expect(new Directory().orphans()).toEqual({ ok: true, value: false });
    expect(new Directory().fill().orphans()).toEqual({ ok: true, value: true });
    const logOnly = new Directory();
    logOnly.make('log');
    expect(logOnly.orphans()).toEqual({ ok: true, value: true });
  });
});

const chances: readonly (() => Random)[] = [
  () => cycle(0),
  () => cycle(0.999),
  () => cycle(0.4),
  ...Array.from({ length: 12 }, (_, seed) => () => new SeededRandom(seed)),
];

/** What a start may find: the old life as it was, or one that has to be ended, or the new one. */
function proveNextStart(directory: Directory): 'old' | 'new' {
  const resumed = directory.resume();
  if (!resumed.ok) throw new Error(resumed.error.kind);
  const identity = directory.identity();
  if (!identity.ok) throw new Error(identity.error.kind);
  if (identity.value?.incarnation === former.incarnation) {
    expect(resumed.value).toBeUndefined();
    expect(directory.names().filter((name) => name !== 'set-aside')).toEqual([...whole].sort());
    return 'old';
  }
  expect(identity.value).toEqual(healed);
  expect(directory.names()).toEqual([...aside, 'identity', 'set-aside'].sort());
  expect(directory.resume()).toEqual({ ok: true, value: undefined });
  return 'new';
}

describe('healing: crashes', () => {
  it('a crash behind any step leaves the old life whole, or one that the next start ends', () => {
    const found = { old: 0, new: 0 };
    for (const chance of chances) {
      for (let steps = 0; ; steps++) {
        const directory = new Directory(chance()).fill();
        let ended = false;
        healDirectory(directory.options(), () => {
          ended = true;
        });
        for (let step = 0; step < steps && !ended; step++) directory.clock.step();
        if (ended) break;
        directory.disk.crash({ loseUnsynced: true });
        directory.clock.clear();
        found[proveNextStart(directory)] += 1;
      }
    }
    expect(found.old).toBeGreaterThan(chances.length);
    expect(found.new).toBeGreaterThan(chances.length);
  });

  it('a second crash, behind any step of the next start, changes nothing', () => {
    for (const chance of chances) {
      for (let steps = 4; ; steps++) {
        const first = new Directory(chance()).fill();
        let ended = false;
        healDirectory(first.options(), () => {
          ended = true;
        });
        for (let step = 0; step < steps && !ended; step++) first.clock.step();
        if (ended) break;
        first.disk.crash({ loseUnsynced: true });
        first.clock.clear();
        const medium = first.disk.backup();
        for (let more = 0; more < 12; more++) {
          first.disk.restore(medium);
          resumeHealing(first.disk, () => {});
          for (let step = 0; step < more; step++) first.clock.step();
          first.disk.crash({ loseUnsynced: true });
          first.clock.clear();
          proveNextStart(first);
        }
      }
    }
  });

  it('a disk that fails at any sync is a refusal, and the next start ends or begins it', () => {
    for (let failing = 0; failing < 4; failing++) {
      const directory = new Directory().fill();
      let answer: Result<Identity, HealRefusal> | undefined;
      healDirectory(directory.options(), (result) => {
        answer = result;
      });
      const begun = directory.clock.monotonicMs();
      while (directory.clock.monotonicMs() < begun + failing) directory.clock.step();
      directory.disk.failNextSync();
      while (answer === undefined && directory.clock.step());
      expect(answer).toMatchObject({ ok: false, error: { kind: 'disk' } });
      directory.disk.crash({ loseUnsynced: true });
      directory.clock.clear();
      proveNextStart(directory);
    }
  });
});
