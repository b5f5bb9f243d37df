import { expect, it } from 'vitest';
import { chainTasks, edgesOf, fanTasks, wideTasks } from './shapes.ts';

it('a chain has one edge less than tasks, and each task waits for the one before', () => {
  const tasks = chainTasks(10);
  expect(edgesOf(tasks)).toBe(9);
  expect(tasks.t9?.dependsOn).toEqual(['t8']);
  expect(tasks.t0?.dependsOn).toEqual([]);
});

it('1 -> n -> 1 has an edge to and from each task in the middle', () => {
  const tasks = fanTasks(100);
  expect(Object.keys(tasks)).toHaveLength(102);
  expect(edgesOf(tasks)).toBe(200);
});

it('tasks that are wide wait for nothing', () => {
  expect(edgesOf(wideTasks(1_000))).toBe(0);
});
