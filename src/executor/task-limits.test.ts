import { expect, test } from 'vitest';
import { defaultTaskSettings, processLimits, workBytesMax } from './task-limits.ts';

const gib = 2 ** 30;
const asking = { resources: { cpu: 2000, memory: gib, disk: gib, slots: 1 } };
const limits = { cpu: 4000, memory: 2 * gib, disk: 3 * gib };

test('task limits: a request is a share of the processor and no limit', () => {
  expect(processLimits(asking, defaultTaskSettings)).toEqual({
    cpuShareMilli: 2000,
    processes: 4096,
  });
});

test('task limits: where the node says so, what was asked for is all that there is', () => {
  const settings = { ...defaultTaskSettings, capAtRequest: true };
  const capped = { cpuMilli: 2000, memoryBytes: gib };
  expect(processLimits(asking, settings)).toMatchObject(capped);
  const own = { cpuMilli: 4000, memoryBytes: 2 * gib };
  expect(processLimits({ ...asking, limits }, settings)).toMatchObject(own);
});

test('task limits: what the task says is its limit, and the node adds its own', () => {
  const settings = { ...defaultTaskSettings, openFilesMax: 64, fileBytesMax: 10, processesMax: 8 };
  expect(processLimits({ ...asking, limits }, settings)).toEqual({
    cpuMilli: 4000,
    cpuShareMilli: 2000,
    memoryBytes: 2 * gib,
    processes: 8,
    openFiles: 64,
    fileBytes: 10,
  });
});

test('task limits: nothing at all is no limit, because nothing would start', () => {
  const nothing = { resources: { slots: 1 }, limits: { cpu: 0, memory: 0 } };
  expect(processLimits(nothing, defaultTaskSettings)).toEqual({ processes: 4096 });
});

test('task limits: a directory holds the limit, or the request, or what the node says', () => {
  const settings = { ...defaultTaskSettings, workBytesMax: 5 };
  expect(workBytesMax({ ...asking, limits }, settings)).toBe(3 * gib);
  expect(workBytesMax(asking, settings)).toBe(gib);
  expect(workBytesMax({ resources: {} }, settings)).toBe(5);
  expect(workBytesMax({ resources: {} }, defaultTaskSettings)).toBeUndefined();
});
