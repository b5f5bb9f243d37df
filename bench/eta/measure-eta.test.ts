import { expect, test } from 'vitest';
import type { Workload, WorkTask } from '../workload-file.ts';
import { type EtaOptions, measureEta } from './measure-eta.ts';

const task = (id: string, seconds: number, parents: readonly string[] = []): WorkTask => ({
  ...{ id, parents, seconds },
  ...{ cores: 1, memoryBytes: 2 ** 20 },
});

/** Eight tasks side by side, one behind all of them, two copies: more than two cores can take. */
const names = Array.from({ length: 8 }, (_, place) => `t${place}`);
const fan = [...names.map((id, place) => task(id, 30 + place)), task('end', 60, names)];
const workload: Workload = {
  name: 'fan',
  dags: [{ id: 'w.fan', tasks: fan, copies: 2 }],
  tighterSeconds: null,
};

const options: EtaOptions = {
  ...{ cluster: { nodes: 1, coresPerNode: 2 }, seed: 1, noise: 0 },
  moments: [0, 0.5],
};

const msOf = (differs: Partial<EtaOptions>): readonly number[] =>
  measureEta(workload, { ...options, ...differs }).errors.map(({ ms }) => ms);

test('eta: where every attempt takes what was learnt, every start is foretold', () => {
  const errors = msOf({});
  expect(errors.length).toBeGreaterThan(18);
  for (const ms of errors) expect(ms).toBeLessThan(1_000);
});

test('eta: where attempts take other times, the error is measured, and the same each time', () => {
  const errors = msOf({ noise: 0.2 });
  expect(Math.max(...errors)).toBeGreaterThan(1_000);
  expect(Math.max(...errors)).toBeLessThan(120_000);
  expect(msOf({ noise: 0.2 })).toEqual(errors);
  expect(msOf({ noise: 0.2, seed: 2 })).not.toEqual(errors);
});
