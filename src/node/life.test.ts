import { describe, expect, it } from 'vitest';
import { StepClock, settled } from '../../test/ports/disk-clock.ts';
import { incarnation, nodeId } from '../base/brand.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { Identity } from '../storage/identity.ts';
import { MemoryDisk } from '../storage/memory.ts';
import { setAsideFolder, setAsideMax } from '../storage/set-aside-note.ts';
import { type Ending, exitCodes } from './ending.ts';
import { findIdentity, saveIdentity, startOver } from './life.ts';

const expected = { clusterName: 'prod', node: 'n1', expect: 3 };
const cause: Ending = { code: exitCodes.storage, why: 'LOG_CORRUPT: a test.' };

class Directory {
  readonly clock = new StepClock();
  readonly disk = new MemoryDisk({ clock: this.clock, random: new SeededRandom(1) });

  /** Promises settle between the steps of the clock. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let ended = false;
    const settledPromise = promise.finally(() => {
      ended = true;
    });
    while (!ended) {
      this.clock.step();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return settledPromise;
  }

  find(expect = expected.expect): Promise<Result<Identity, Ending>> {
    return this.run(findIdentity(this.disk, { ...expected, expect }));
  }

  async form(...nodes: readonly string[]): Promise<Identity> {
    const found = await this.find();
    if (!found.ok) throw new Error(found.error.why);
    const voters = nodes.map((node) => ({ node: nodeId(node), incarnation: incarnation(node) }));
    const identity = { ...found.value, voters, hasStores: true };
    await this.run(saveIdentity(this.disk, identity));
    settled(this.clock, (done) => this.disk.openStore('log', { create: true }, done));
    this.disk.crash({ loseUnsynced: false });
    return identity;
  }

  async replaceIdentity(bytes: Uint8Array | undefined): Promise<void> {
    const { files, slots, stores } = this.disk.backup();
    const others = [...files].filter(([name]) => name !== 'identity');
    const own: [string, Uint8Array][] = bytes === undefined ? [] : [['identity', bytes]];
    this.disk.restore({ files: new Map([...others, ...own]), slots, stores });
  }
}

describe('papers of a node', () => {
  it('a new directory gets an identity, and keeps it', async () => {
    const directory = new Directory();
    const first = await directory.find();
    expect(first).toMatchObject({ ok: true, value: { hasStores: false } });
    expect(first.ok && first.value.voters).toBeUndefined();
    expect(await directory.find()).toEqual(first);
  });

  it('a damaged or lost identity beside a store becomes one that has to join', async () => {
    for (const bytes of [Buffer.from('garbage'), undefined]) {
      const directory = new Directory();
      const former = await directory.form('n1', 'n2', 'n3');
      await directory.replaceIdentity(bytes);
      const found = await directory.find();
      expect(found).toMatchObject({ ok: true, value: { voters: [], hasStores: false } });
      expect(found.ok && found.value.incarnation).not.toBe(former.incarnation);
      expect(directory.disk.backup().stores.has(`${setAsideFolder(1)}/log`)).toBe(true);
      expect(await directory.find()).toEqual(found);
    }
  });

  it('in a cluster of one it ends the node, and the store stays where it is', async () => {
    const directory = new Directory();
    await directory.form('n1');
    await directory.replaceIdentity(Buffer.from('garbage'));
    const found = await directory.find(1);
    expect(found).toMatchObject({ ok: false, error: { code: exitCodes.identity } });
    expect(found.ok || found.error.why).toMatch(/^IDENTITY_CORRUPT: .*whole cluster/);
    expect([...directory.disk.backup().stores.keys()]).toEqual(['log']);
  });

  it('a damaged directory starts over, or ends as it would have ended', async () => {
    const directory = new Directory();
    const identity = await directory.form('n1', 'n2', 'n3');
    const over = await directory.run(startOver(directory.disk, { identity, expected, cause }));
    expect(over).toMatchObject({ ok: true, value: { voters: [], hasStores: false } });
    expect(await directory.find()).toEqual(over);

    const alone = new Directory();
    const own = await alone.form('n1');
    const refused = await alone.run(startOver(alone.disk, { identity: own, expected, cause }));
    expect(refused).toMatchObject({ ok: false, error: { code: exitCodes.storage } });
    expect(refused.ok || refused.error.why).toMatch(/^LOG_CORRUPT: a test\. .*whole cluster/);
  });

  it('a directory that was set aside too often ends the node', async () => {
    const directory = new Directory();
    for (let life = 0; life <= setAsideMax; life++) {
      const identity = { ...(await directory.form('n1', 'n2', 'n3')), hasStores: true };
      const over = await directory.run(startOver(directory.disk, { identity, expected, cause }));
      expect(over.ok).toBe(life < setAsideMax);
      if (over.ok) continue;
      expect(over.error.code).toBe(exitCodes.storage);
      expect(over.error.why).toMatch(/^SET_ASIDE_FULL: .*This time: LOG_CORRUPT/);
    }
  });

  it('a healing that cannot be ended ends the node', async () => {
    const directory = new Directory();
    await directory.form('n1', 'n2', 'n3');
    settled(directory.clock, (done) =>
      directory.disk.writeFile('set-aside', Buffer.from('garbage'), done),
    );
    const found = await directory.find();
    expect(found).toMatchObject({ ok: false, error: { code: exitCodes.storage } });
    expect(found.ok || found.error.why).toMatch(/^SET_ASIDE_CORRUPT/);
  });
});
