import { expect, it } from 'vitest';
import { type DagFilter, filtered, filterOf, valuesOf } from './filters.ts';

const dag = (dagId: string, more: object = {}) => ({
  ...{ dagId, description: '', tags: [] as string[], owners: [] as string[], paused: false },
  ...more,
});
const dags = [
  dag('load', { description: 'Loads the Warehouse', tags: ['etl'], owners: ['ada'] }),
  dag('report', { tags: ['etl', 'daily'], paused: true }),
  dag('mail', { owners: ['ada', 'bob'] }),
];
const shown = (filter: Partial<DagFilter>): readonly string[] =>
  filtered(dags, { ...filterOf({}), ...filter }, (id) => id === 'mail').map(({ dagId }) => dagId);

it('dag filters: without any, every DAG is shown', () => {
  expect(shown({})).toEqual(['load', 'report', 'mail']);
});

it('dag filters: each word is looked for in id, description, tags and owners', () => {
  expect(shown({ text: 'WAREHOUSE ada' })).toEqual(['load']);
  expect(shown({ text: 'etl' })).toEqual(['load', 'report']);
  expect(shown({ text: 'etl nobody' })).toEqual([]);
});

it('dag filters: tag, owner, pause and failure', () => {
  expect(shown({ tag: 'daily' })).toEqual(['report']);
  expect(shown({ owner: 'ada' })).toEqual(['load', 'mail']);
  expect([shown({ paused: 'yes' }), shown({ paused: 'no' })]).toEqual([
    ['report'],
    ['load', 'mail'],
  ]);
  expect(shown({ failing: 'yes' })).toEqual(['mail']);
});

it('dag filters: the values to choose from come once, in order', () => {
  expect(valuesOf(dags.map(({ tags }) => tags))).toEqual(['daily', 'etl']);
});
