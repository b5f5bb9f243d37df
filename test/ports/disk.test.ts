import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '../../src/base/random.ts';
import { openLevelDisk } from '../../src/storage/level.ts';
import { MemoryDisk } from '../../src/storage/memory.ts';
import { StepClock } from './disk-clock.ts';
import { type DiskBench, diskSuite } from './disk-suite.ts';

diskSuite('LevelDB in a folder', async (): Promise<DiskBench> => {
  const directory = await mkdtemp(join(tmpdir(), 'skein-disk-'));
  return {
    disk: openLevelDisk(join(directory, 'data')),
    ask: (start) =>
      new Promise((resolve, reject) => {
        let returned = false;
        start((value) => {
          if (returned) resolve(value);
          else reject(new Error('called back before the call returned'));
        });
        returned = true;
      }),
    end: () => rm(directory, { recursive: true }),
  };
});

diskSuite('in memory', async (): Promise<DiskBench> => {
  const clock = new StepClock();
  const latency = new SeededRandom(1);
  return {
    disk: new MemoryDisk({
      clock,
      random: new SeededRandom(2),
      syncLatencyMs: () => latency.fraction() * 5,
    }),
    // The clock runs in later turns of the event loop, so that calls of one test may overlap.
    ask: (start) =>
      new Promise((resolve, reject) => {
        let returned = false;
        start((value) => {
          if (returned) resolve(value);
          else reject(new Error('called back before the call returned'));
        });
        returned = true;
        setImmediate(() => clock.runAll());
      }),
    end: async () => {},
  };
});
