import { expect, test } from 'vitest';
import { asksForRows, statementsIn, unboundPlace } from './statement-text.ts';

test('statement text: a semicolon between statements parts them, and no other', () => {
  for (const one of [
    'SELECT 1',
    'SELECT 1;',
    "SELECT ';'",
    'SELECT ";"',
    'SELECT `;`',
    'SELECT 1 -- ;',
    'SELECT /* ; */ 1',
    "SELECT 'it''s;'",
    '-- nothing;',
  ]) {
    expect(statementsIn(one)).toEqual([one]);
  }
  for (const one of ['SELECT 1; \n;', 'SELECT 1; -- done']) {
    expect(statementsIn(one)).toEqual(['SELECT 1;']);
  }
  expect(statementsIn("SELECT ';'; SELECT 2")).toEqual(["SELECT ';';", ' SELECT 2']);
  expect(statementsIn('/* a; */ SELECT 1;;DELETE FROM t;')).toEqual([
    '/* a; */ SELECT 1;',
    'DELETE FROM t;',
  ]);
});

test('statement text: a trigger is one statement, up to the semicolon behind its END', () => {
  const trigger = `CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN
    DELETE FROM b; UPDATE c SET d = CASE d WHEN 1 THEN 2 END; end -- of it
  ;`;
  expect(statementsIn(`${trigger}SELECT 1`)).toEqual([trigger, 'SELECT 1']);
  expect(statementsIn(trigger.slice(0, -1))).toEqual([trigger.slice(0, -1)]);
});

test('statement text: what asks for rows', () => {
  expect(['select 1', '-- x\nVALUES (1)', 'WITH a AS (SELECT 1) SELECT 1'].every(asksForRows)).toBe(
    true,
  );
  expect(asksForRows('INSERT INTO t VALUES (1) RETURNING id')).toBe(true);
  const selects = "WITH a AS (SELECT 'delete' AS b) SELECT replace(b, 'x', '') FROM a WHERE 0";
  expect(asksForRows(selects)).toBe(true);
  expect(asksForRows('WITH a AS (SELECT 1) DELETE FROM t RETURNING id')).toBe(true);
  for (const change of [
    "UPDATE t SET a = 'select'",
    "INSERT INTO t VALUES ('returning')",
    'WITH a AS (SELECT 1) DELETE FROM t WHERE id IN a',
    'WITH a AS (SELECT 1 AS n) REPLACE INTO t SELECT n FROM a',
  ]) {
    expect([change, asksForRows(change)]).toEqual([change, false]);
  }
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
