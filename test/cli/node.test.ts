/** `skein node start`: what its flags become. */
import { expect, test } from 'vitest';
import type { NodeConfig } from '../../src/api/config.ts';
import { skein } from './kit.ts';

const required = ['--name', 'n1', '--nats', 'nats://127.0.0.1:4222', '--expect', '3'];

const start = (started: NodeConfig[], ...args: readonly string[]) =>
  skein(['node', 'start', ...required, '--data', '/d', ...args], { started });

test('cli: node start says what a node offers, and where it belongs', async () => {
  const started: NodeConfig[] = [];
  const flags = [
    ...['--cpu', '4', '--memory', '64Mi', '--gpu', '1', '--disk', '10Gi'],
    ...['--resource', 'licence=2', '--resource', 'example.com/fpga=1'],
    ...['--reserve-cpu', '0.5', '--reserve-memory', '16Mi'],
    ...['--advertise', 'skein.lan:80'],
    ...['--pool', 'big', '--queue', 'ml', '--queue', 'etl'],
    ...['--taint', 'gpu=a100', '--taint', 'spot:avoid'],
  ];
  expect((await start(started, ...flags)).code).toBe(0);
  expect(started[0]?.capacity).toEqual({
    cpu: 3500,
    memory: 48 * 2 ** 20,
    gpu: 1000,
    disk: 10 * 2 ** 30,
    slots: 256,
    licence: 2000,
    'example.com/fpga': 1000,
  });
  expect(started[0]?.advertise).toBe('skein.lan:80');
  expect(started[0]?.place).toEqual({
    pool: 'big',
    queues: ['etl', 'ml'],
    taints: [
      { key: 'gpu', value: 'a100', effect: 'refuse' },
      { key: 'spot', value: '', effect: 'avoid' },
    ],
  });
});

test('cli: a flag of a node that is wrong is named, and nothing starts', async () => {
  const started: NodeConfig[] = [];
  for (const [flag, value, message] of [
    ['--taint', 'a:never', 'taints[0] (flag --taint): write a taint as key'],
    ['--resource', 'licence', 'write a resource as name=amount'],
    ['--advertise', 'http://h/base', 'advertise (flag --advertise): where the other nodes reach'],
    ['--advertise', 'fd00::1', 'advertise (flag --advertise): where the other nodes reach'],
    ['--queue', 'a b', 'queues[0] (flag --queue): "a b": a queue is'],
    ['--reserve-cpu', '10000', 'reserveCpu (flag --reserve-cpu): leaves nothing of'],
    ['--disk', 'some', 'disk (flag --disk): "some" is not a size'],
  ] as const) {
    const { code, err } = await start(started, flag, value);
    expect([code, err]).toEqual([73, expect.stringContaining(message)]);
  }
  expect(started).toEqual([]);
});
