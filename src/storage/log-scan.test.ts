import { expect, test } from 'vitest';
import { StepClock, settled } from '../../test/ports/disk-clock.ts';
import {
  batchOn,
  contentOf,
  emptyModel,
  opened,
  openLog,
  writeLog,
} from '../../test/ports/disk-log-model.ts';
import { logIndex } from '../base/brand.ts';
import type { Disk, DiskError, Store } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { entryKey } from './keyspace.ts';
import { MemoryDisk } from './memory.ts';

/** A log of three entries whose store has lost the row of one, and nothing else. */
function logWithout(index: number) {
  const clock = new StepClock();
  const disk = new MemoryDisk({ clock, random: new SeededRandom(1) });
  const log = opened(openLog(disk, clock, true));
  writeLog(log, clock, batchOn(emptyModel, { term: 1, append: ['one', 'two', 'three'] }));
  settled<void>(clock, (done) => log.close(done));
  remove(disk, clock, entryKey(logIndex(index)));
  return { disk, clock };
}

function remove(disk: Disk, clock: StepClock, key: string): void {
  const found = settled<Result<Store, DiskError>>(clock, (done) =>
    disk.openStore('log', { create: false }, done),
  );
  if (!found.ok) throw found.error;
  const store = found.value;
  settled(clock, (done) => store.write([{ kind: 'delete', key }], { sync: true }, done));
  settled<void>(clock, (done) => store.close(done));
}

test('log: I9: an entry that is missing is found at open, at the end of the log too', () => {
  for (const index of [1, 2, 3]) {
    const { disk, clock } = logWithout(index);
    const result = openLog(disk, clock);
    expect(result).toMatchObject({ ok: false, error: { kind: 'corrupt' } });
  }
});

test('log: nothing is missing when nothing was lost', () => {
  const { disk, clock } = logWithout(4);
  expect(contentOf(opened(openLog(disk, clock)), clock).entries).toHaveLength(3);
});
