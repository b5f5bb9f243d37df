import { expect, test } from 'vitest';
import { asksForRows, hasSeveralStatements, unboundPlace } from './statement-text.ts';

test('statement text: a semicolon between statements counts, and no other', () => {
  for (const one of [
    'SELECT 1',
    'SELECT 1;',
    'SELECT 1 ; \n;',
    "SELECT ';'",
    'SELECT ";"',
    'SELECT `;`',
  ]) {
    expect([one, hasSeveralStatements(one)]).toEqual([one, false]);
  }
  for (const one of ['SELECT 1 -- ;', 'SELECT 1; -- done', 'SELECT /* ; */ 1', "SELECT 'it''s;'"]) {
    expect([one, hasSeveralStatements(one)]).toEqual([one, false]);
  }
  for (const two of [
    'SELECT 1; SELECT 2',
    "SELECT ';'; SELECT 2",
    '/* a */ SELECT 1;DELETE FROM t',
  ]) {
    expect([two, hasSeveralStatements(two)]).toEqual([two, true]);
  }
  expect(hasSeveralStatements('CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END')).toBe(
    true,
  );
});

test('statement text: what asks for rows', () => {
  expect(['select 1', '-- x\nVALUES (1)', 'WITH a AS (SELECT 1) SELECT 1'].every(asksForRows)).toBe(
    true,
  );
  expect(asksForRows('INSERT INTO t VALUES (1) RETURNING id')).toBe(true);
  expect(
    ["UPDATE t SET a = 'select'", "INSERT INTO t VALUES ('returning')"].some(asksForRows),
  ).toBe(false);
});

test('statement text: every place has its param, and every param its place', () => {
  const list = (text: string, count: number) => unboundPlace(text, Array(count).fill(1));
  expect(list("SELECT ?, '?', ? -- ?", 2)).toBeUndefined();
  expect(list('SELECT ?2, ?1, ?2', 2)).toBeUndefined();
  expect(list('SELECT ?, ?', 1)).toContain('2 places and 1 param');
  expect(list('SELECT 1', 1)).toContain('0 places');
  expect(list('SELECT :a', 1)).toContain('named');
  expect(unboundPlace('SELECT :a, :b', { a: 1, b: 2 })).toBeUndefined();
  expect(unboundPlace('SELECT :a, :b', { a: 1 })).toContain(':b');
  expect(unboundPlace('SELECT :a', { a: 1, c: 2 })).toContain('"c"');
  expect(unboundPlace('SELECT ?', { a: 1 })).toContain('by name');
});
