import { expect, test } from 'vitest';
import type { ProcessLimits } from '../../../base/ports.ts';
import type { DockerAction } from '../../../model/container-action.ts';
import { dispatchOf } from '../../testing/executor-story.ts';
import { workspaceIn } from '../../workspace.ts';
import { containerOptions } from './container-options.ts';

const bare: DockerAction = {
  kind: 'docker',
  image: 'busybox',
  command: null,
  entrypoint: null,
  mounts: [],
  network: null,
  user: null,
  workdir: null,
  pull: 'missing',
};

function optionsOf(more: Partial<DockerAction>, limits: ProcessLimits = {}, life = 'life-1') {
  const action = { ...bare, ...more };
  return containerOptions({
    dispatch: dispatchOf('load', 7, { action }),
    action,
    limits,
    owner: { cluster: 'c1', node: 'n1', life },
    space: workspaceIn('/data/attempts/1'),
    cores: 2,
  });
}

test('docker: what a task does not say is left to the image and the engine', () => {
  const options = optionsOf({});
  for (const key of ['Cmd', 'Entrypoint', 'User', 'WorkingDir']) {
    expect(options).not.toHaveProperty(key);
  }
  expect(options.HostConfig).not.toHaveProperty('NetworkMode');
  expect(options.HostConfig).not.toHaveProperty('Memory');
});

test('docker: an entry point of nothing is said', () => {
  expect(optionsOf({ entrypoint: [], command: ['ls'] })).toMatchObject({
    ...{ Entrypoint: [], Cmd: ['ls'] },
  });
});

test('docker: limits are those of the engine, and no more cores than it has', () => {
  const limits = { memoryBytes: 2 ** 25, cpuMilli: 64_000, cpuShareMilli: 250, processes: 64 };
  expect(optionsOf({}, { ...limits, openFiles: 100 }).HostConfig).toMatchObject({
    ...{ Memory: 2 ** 25, MemorySwap: 2 ** 25, NanoCpus: 2e9, CpuShares: 256, PidsLimit: 64 },
    Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 100 }],
  });
  expect(optionsOf({}, { cpuMilli: 1, cpuShareMilli: 1 }).HostConfig).toMatchObject({
    ...{ NanoCpus: 10_000_000, CpuShares: 2 },
  });
});

test('docker: of an attempt single files and its directory are mounted, no more', () => {
  const mounts = optionsOf({ mounts: [{ source: '/in', target: '/data', readOnly: true }] })
    .HostConfig?.Mounts;
  expect(mounts?.map(({ Source, Target, ReadOnly }) => [Source, Target, ReadOnly])).toEqual([
    ['/data/attempts/1/context.json', '/skein/context.json', true],
    ['/data/attempts/1/output.json', '/skein/output.json', false],
    ['/data/attempts/1/work', '/skein/work', false],
    ['/in', '/data', true],
  ]);
});

test('docker: each life of a node has names of its own', () => {
  expect(optionsOf({}).name).not.toBe(optionsOf({}, {}, 'life-2').name);
});
