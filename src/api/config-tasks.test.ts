import { expect, test } from 'vitest';
import { fail } from '../base/result.ts';
import { readConfig } from './config.ts';

const flags = { name: 'n1', nats: 'nats://127.0.0.1:4222', expect: '3', data: '/data' };
const machine = {
  cpus: 4,
  memoryBytes: 2 ** 33,
  memoryBytesMax: 2 ** 33,
  freeDiskBytes: () => undefined,
};

function tasksOf(text: string, env: Readonly<Record<string, string>> = {}) {
  const file = { path: 'skein.yaml', text };
  const read = readConfig({ flags, env, file, machine, readFile: () => fail('no file') });
  return read.ok ? read.value.tasks : read.error;
}

test('config: how tasks are treated may be said in the file and in the environment', () => {
  const text = `tasks:
  taskUser: etl
  cgroup: /sys/fs/cgroup/system.slice/skein.service
  capAtRequest: true
  processesMax: 64
  openFilesMax: 1024
  fileSizeMax: 1Gi
  workDirMax: none
  removeWork: success
  onStop: keep
`;
  expect(
    tasksOf(text, { SKEIN_TASKS_PROCESSES_MAX: '128', SKEIN_TASKS_REMOVE_WORK: 'never' }),
  ).toEqual({
    taskUser: 'etl',
    cgroup: '/sys/fs/cgroup/system.slice/skein.service',
    capAtRequest: true,
    processesMax: 128,
    openFilesMax: 1024,
    fileBytesMax: 2 ** 30,
    workBytesMax: null,
    removeWork: 'never',
    onStop: 'keep',
  });
});

test('config: what is wrong with tasks says what is right', () => {
  expect(tasksOf('tasks: { workDirMax: much }\n')).toMatchObject([
    { key: 'tasks.workDirMax', message: expect.stringContaining('256Mi') },
  ]);
  expect(tasksOf('tasks: { cgroup: skein }\n')).toMatchObject([
    { key: 'tasks.cgroup', message: expect.stringContaining('auto, off') },
  ]);
  expect(tasksOf('tasks: { taskUser: "a b" }\n')).toMatchObject([{ key: 'tasks.taskUser' }]);
  expect(tasksOf('tasks: { processesMax: 0 }\n')).toMatchObject([{ key: 'tasks.processesMax' }]);
});
