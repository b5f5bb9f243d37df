import { expect, test } from 'vitest';
import { fail } from '../base/result.ts';
import { type ConfigSources, readConfig } from './config.ts';
import type { Machine } from './config-capacity.ts';

const gib = 2 ** 30;
/** A container with less than its machine. */
const machine: Machine = {
  cpus: 2.5,
  memoryBytes: 4 * gib,
  memoryBytesMax: 16 * gib,
  freeDiskBytes: (directory) => (directory === '/data' ? 100 * gib : undefined),
};
const required = { name: 'n1', nats: 'nats://127.0.0.1:4222', expect: '3', data: '/data' };

interface Said extends Partial<Omit<ConfigSources, 'flags' | 'file'>> {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly file?: string;
}

const read = ({ flags = {}, file, ...rest }: Said) =>
  readConfig({
    flags: { ...required, ...flags },
    env: {},
    file: file === undefined ? null : { path: 'skein.yaml', text: file },
    machine,
    readFile: () => fail('no file'),
    ...rest,
  });

/** What the node tells the cluster, or what is wrong. */
function capacityOf(said: Said) {
  const result = read(said);
  return result.ok ? result.value.capacity : result.error;
}
function placeOf(said: Said) {
  const result = read(said);
  return result.ok ? result.value.place : result.error;
}

test('config: capacity is what the process may use, unless it is said', () => {
  expect(capacityOf({})).toEqual({ cpu: 2500, memory: 4 * gib, slots: 256 });
  const said = { cpu: '8', memory: '12Gi', gpu: '2', disk: '50Gi', slots: '4' };
  expect(capacityOf({ flags: said })).toEqual({
    cpu: 8000,
    memory: 12 * gib,
    gpu: 2000,
    disk: 50 * gib,
    slots: 4,
  });
  expect(capacityOf({ flags: { memory: '17Gi' } })).toEqual([
    { key: 'memory', source: 'flag --memory', message: 'this machine has 16Gi' },
  ]);
});

test('config: a size without its unit is told what was probably meant', () => {
  const message = (meant: string, bytes = Number.parseInt(meant, 10)): string =>
    `is ${bytes} bytes, and that is hardly meant: write ${meant}`;
  for (const [key, flag] of [
    ['memory', 'memory'],
    ['reserveMemory', 'reserve-memory'],
    ['disk', 'disk'],
  ] as const) {
    expect(capacityOf({ flags: { [key]: '8' } })).toEqual([
      { key, source: `flag --${flag}`, message: message('8Gi') },
    ]);
  }
  expect(capacityOf({ flags: { memory: '512' } })).toMatchObject([{ message: message('512Mi') }]);
  expect(capacityOf({ flags: { memory: '1Mi' } })).toMatchObject({ memory: 2 ** 20 });
  // Programs say bytes.
  expect(capacityOf({ flags: { memory: `${gib}` } })).toMatchObject({ memory: gib });
});

test('config: what is reserved is not given to tasks, and something must be left', () => {
  const reserve = { reserveCpu: '0.5', reserveMemory: '1Gi' };
  expect(capacityOf({ flags: reserve })).toMatchObject({ cpu: 2000, memory: 3 * gib });
  expect(
    capacityOf({ env: { SKEIN_RESERVE_CPU: '1', SKEIN_CPU: '4' }, file: 'reserveMemory: 512Mi\n' }),
  ).toMatchObject({ cpu: 3000, memory: 3.5 * gib });
  expect(capacityOf({ flags: { reserveCpu: '2.5' } })).toEqual([
    {
      key: 'reserveCpu',
      source: 'flag --reserve-cpu',
      message: 'leaves nothing of 2.5 cores to tasks: reserve less',
    },
  ]);
  expect(capacityOf({ env: { SKEIN_RESERVE_MEMORY: '5Gi' } })).toEqual([
    {
      key: 'reserveMemory',
      source: 'environment SKEIN_RESERVE_MEMORY',
      message: 'leaves nothing of 4Gi to tasks: reserve less',
    },
  ]);
});

test('config: disk is counted when it is asked for, and the reserve of the node stays free', () => {
  const file = 'disk: auto\nstorage: { minFreeDisk: 1Gi }\n';
  expect(capacityOf({ file })).toMatchObject({ disk: 99 * gib });
  expect(capacityOf({ file: 'disk: auto\nstorage: { minFreeDisk: 200Gi }\n' })).toMatchObject({
    disk: 0,
  });
  expect(capacityOf({ file, flags: { data: '/elsewhere' } })).toMatchObject([
    {
      key: 'disk',
      source: 'skein.yaml:1',
      message: 'nobody can tell how much is free: say a size',
    },
  ]);
  expect(capacityOf({ flags: { disk: 'much' } })).toMatchObject([
    { key: 'disk', source: 'flag --disk', message: expect.stringContaining('256Mi') },
  ]);
});

test('config: whatever can be counted is a resource', () => {
  const counted = { licence: 2500, 'example.com/fpga': 1000 };
  const flags = { resources: { licence: '2.5', 'example.com/fpga': '1' } };
  expect(capacityOf({ flags })).toMatchObject(counted);
  const env = { SKEIN_RESOURCES: 'licence=2.5, example.com/fpga=1' };
  expect(capacityOf({ env })).toMatchObject(counted);
  const file = 'resources: { licence: 2.5, example.com/fpga: 1 }\n';
  expect(capacityOf({ file })).toMatchObject(counted);
});

test('config: a resource that cannot be counted says what is right', () => {
  const message = (resources: Readonly<Record<string, unknown>>): string => {
    const result = read({ flags: { resources } });
    return result.ok ? '' : result.error.map((it) => `${it.source}: ${it.message}`).join(' | ');
  };
  expect(message({ licence: '' })).toContain('flag --resource: ');
  expect(message({ licence: '' })).toContain('write a resource as name=amount');
  expect(message({ licence: '-1' })).toContain('name=amount');
  expect(message({ licence: -1 })).toContain('at least 0');
  expect(message({ __proto__x: '1' })).toContain('a letter first');
  expect(message({ memory: '1' })).toContain('`memory` has a key of its own: set --memory');
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`r${at}`, '1']));
  expect(message(many)).toContain('at most 11');
});

test('config: pool, queues and taints, each once and in an order of their own', () => {
  expect(placeOf({ file: 'pool: default\nqueues: []\n' })).toEqual({});
  const place = {
    pool: 'big',
    queues: ['etl', 'ml'],
    taints: [
      { key: 'gpu', value: 'a100', effect: 'refuse' },
      { key: 'old', value: '', effect: 'refuse' },
      { key: 'spot', value: '', effect: 'avoid' },
    ],
  };
  const taints = ['spot:avoid', 'gpu=a100', 'old:refuse', 'gpu=a100:refuse'];
  expect(placeOf({ flags: { pool: 'big', queues: ['ml', 'etl', 'ml'], taints } })).toEqual(place);
  const env = {
    SKEIN_POOL: 'big',
    SKEIN_QUEUES: 'etl, ml',
    SKEIN_TAINTS: 'old,spot:avoid,gpu=a100',
  };
  expect(placeOf({ env })).toEqual(place);
  const file = 'pool: big\nqueues: [etl, ml]\ntaints: [old, "spot:avoid", gpu=a100]\n';
  expect(placeOf({ file })).toEqual(place);
});

test('config: a place that is written wrong says its source and what is right', () => {
  expect(placeOf({ flags: { taints: ['spot:never'] } })).toEqual([
    {
      key: 'taints[0]',
      source: 'flag --taint',
      message: 'write a taint as key, key=value, key:avoid or key=value:avoid',
    },
  ]);
  expect(placeOf({ flags: { queues: ['a b'] } })).toMatchObject([
    { key: 'queues[0]', source: 'flag --queue', message: expect.stringContaining('1 to 250') },
  ]);
  expect(placeOf({ env: { SKEIN_POOL: 'a b' } })).toMatchObject([
    { key: 'pool', source: 'environment SKEIN_POOL' },
  ]);
  const many = Array.from({ length: 51 }, (_, at) => `t${at}`);
  expect(placeOf({ flags: { taints: many } })).toMatchObject([
    { key: 'taints', message: expect.stringContaining('at most 50') },
  ]);
});
