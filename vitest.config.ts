import { defineConfig } from 'vitest/config';

/**
 * Two projects. `unit`: everything that runs in one process, or starts short ones. `real`:
 * clusters, brokers, databases and shells of real processes, one file at a time, because they
 * measure time.
 */
const realRooms = ['ports', 'stories', 'injection', 'web'];
const realFiles = realRooms.map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,web,cluster,bench,test}/**/*.test.ts'],
          exclude: realFiles,
          testTimeout: 20_000,
          maxWorkers: 2,
          // Files share the modules of their process: to load them anew took half the time.
          // What a test changes in the world around it, it puts back.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'real',
          include: realFiles,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
