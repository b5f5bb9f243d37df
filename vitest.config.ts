import { defineConfig } from 'vitest/config';

/**
 * Three projects, one after the other. `unit`: everything that runs in one process, or starts
 * short ones. The others have clusters, brokers, databases and shells of real processes. `calm` has
 * files that wait for what happens, however long that takes, two at a time. `real` has all the
 * others, one at a time, because they measure time, use leases of a second or two, or load the
 * machine.
 */
const realRooms = ['ports', 'stories', 'injection', 'web'];
const realFiles = realRooms.map((room) => `test/${room}/**/*.test.ts`);
const calmStories = [
  ...['artifacts', 'events', 'examples-code', 'examples-messages', 'examples-secrets'],
  ...['log-archive', 'newer-version', 'node-start', 'upgrade', 'upgrade-back', 'why'],
];
const calmFiles = [
  ...['test/injection/**/*.test.ts', 'test/web/**/*.test.ts'],
  ...calmStories.map((story) => `test/stories/${story}.test.ts`),
];

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
          name: 'calm',
          include: calmFiles,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'real',
          include: realFiles,
          exclude: calmFiles,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
