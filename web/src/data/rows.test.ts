import { expect, test } from 'vitest';
import type { Fact } from '../../../src/model/fact.ts';
import { Rows } from './rows.ts';
import { trusted } from './wire.ts';

const runFact = (runId: string, status: string, more: object = {}): Fact =>
  trusted<Fact>({
    table: 'run',
    key: `default/${runId}`,
    row: { namespace: 'default', runId, status, ...more },
  });

const event = (index: number, ...facts: Fact[]) => ({
  index,
  at: '2026-01-01T00:00:00.000Z',
  decisions: [{ what: 'x', by: 'y', facts }],
});

const statuses = (rows: Rows) => rows.all('run').map(({ runId, status }) => `${runId} ${status}`);

test('rows: facts are applied in order, and one that is known is no news (R1)', () => {
  const rows = new Rows();
  rows.load(5, [runFact('a', 'running')]);
  expect(rows.apply(event(5, runFact('a', 'failed')))).toBe(false);
  expect(statuses(rows)).toEqual(['a running']);
  expect(rows.apply(event(7, runFact('b', 'queued'), runFact('a', 'success')))).toBe(true);
  expect(statuses(rows)).toEqual(['b queued', 'a success']);
  expect(rows.index).toBe(7);
});

test('rows: a fact without a row takes it out', () => {
  const rows = new Rows();
  rows.load(1, [runFact('a', 'running')]);
  rows.apply(event(2, trusted<Fact>({ table: 'run', key: 'default/a', row: null })));
  expect(rows.all('run')).toEqual([]);
});

test('rows: a table has another version when a row of it has changed, and only then (R2)', () => {
  const rows = new Rows();
  rows.load(1, [runFact('a', 'running')]);
  const before = rows.version('run');
  rows.apply(event(2, trusted<Fact>({ table: 'node', key: 'n1', row: { nodeId: 'n1' } })));
  expect(rows.version('run')).toBe(before);
  expect(rows.version('node')).toBe(1);
  rows.load(3, []);
  expect(rows.version('run')).not.toBe(before);
});

test('rows: runs that ended long ago are forgotten, and live ones never', () => {
  const rows = new Rows();
  rows.load(0, [runFact('live', 'running')]);
  for (let at = 1; at <= 5_100; at++) {
    rows.apply(event(at, runFact(`r${at}`, 'success', { endedAt: at })));
  }
  expect(rows.all('run').length).toBe(5_000);
  expect(rows.get('run', 'default/live')).toBeDefined();
  expect(rows.get('run', 'default/r1')).toBeUndefined();
  expect(rows.get('run', 'default/r5100')).toBeDefined();
});
