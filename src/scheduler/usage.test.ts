import { expect, it } from 'vitest';
import { dagId, taskId } from '../base/brand.ts';
import { here } from './testing/rows.ts';
import { dominantShare, Usage } from './usage.ts';

const whose = { namespace: here, dagId: dagId('d') };
const asks = (name: string, cpu: number) => ({ taskId: taskId(name), resources: { cpu } });

it('usage: what attempts take is summed by namespace, DAG and task, and given back', () => {
  const usage = new Usage();
  usage.shift(whose, asks('a', 500), 1);
  usage.shift(whose, asks('a', 500), 1);
  usage.shift(whose, asks('b', 250), 1);
  expect(usage.ofNamespace(here)).toMatchObject({ attempts: 3, resources: { cpu: 1250 } });
  expect([...usage.namespaces()]).toEqual([here]);
  expect([...usage.dags()]).toEqual([{ namespace: here, dag: 'default/d' }]);
  expect(usage.ofDag(here, whose.dagId).attempts).toBe(3);
  expect(usage.ofTask(here, whose.dagId, taskId('a'))).toBe(2);
  usage.shift(whose, asks('a', 500), -1);
  usage.shift(whose, asks('b', 250), -1);
  expect(usage.ofNamespace(here).resources).toEqual({ cpu: 500 });
  usage.shift(whose, asks('a', 500), -1);
  expect(usage.picture()).toEqual([]);
});

it('G1: nobody gives back more than was taken', () => {
  expect(() => new Usage().shift(whose, asks('a', 1), -1)).toThrow('G1');
});

it('usage: a share is the largest part of any resource, over the weight', () => {
  const total = { cpu: 4000, memory: 8000 };
  const used = { attempts: 1, resources: { cpu: 1000, memory: 4000, unknown: 9 } };
  expect(dominantShare(used, { total, weight: 1 })).toBe(0.5);
  expect(dominantShare(used, { total, weight: 2 })).toBe(0.25);
});
