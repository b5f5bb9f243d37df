/** Texts that are well formed, and hold more than anybody could mean. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { findingsOf, remarksOf } from './findings.ts';
import { readJson } from './json-text.ts';
import { strict } from './schema-kit.ts';
import { bodyTextLimits, type Finding, jsonTextLimits } from './source-document.ts';

const many = (count: number, entry: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => entry(at)).join(',');

function refusalOf(text: string): Finding | undefined {
  const read = readJson(text, bodyTextLimits);
  return read.ok ? undefined : read.error[0];
}

test('json: a list or a map with more entries than any request has is too large', () => {
  const { entriesMax } = bodyTextLimits;
  const keys = (count: number): string => `{"params":{${many(count, (at) => `"k${at}":1`)}}}`;
  expect(refusalOf(keys(entriesMax))).toBeUndefined();
  expect(refusalOf(keys(entriesMax + 1))).toMatchObject({
    code: 'TOO_LARGE',
    path: 'params',
    message: `a list or an object has more than ${entriesMax} entries`,
  });
  expect(refusalOf(`{"tasks":[${many(entriesMax + 1, () => '0')}]}`)).toMatchObject({
    code: 'TOO_LARGE',
    path: 'tasks',
  });
});

test('json: more values than there is time for are too large, however they are nested', () => {
  const { valuesMax } = bodyTextLimits;
  // One list around lists, each of which is a value and has nine more behind its first one.
  const lists = (count: number): string => `[${many(count, () => '[1,1,1,1,1,1,1,1,1]')}]`;
  expect(refusalOf(lists(valuesMax / 20))).toBeUndefined();
  const nested = `{"a":${lists(20_000)},"b":${lists(20_000)}}`;
  expect(refusalOf(nested)).toMatchObject({
    code: 'TOO_LARGE',
    path: '',
    message: `it has more than ${valuesMax} values`,
  });
});

test('json: a long text is walked over once for all the places that are asked for', () => {
  const text = `{\n${many(2_000, (at) => `"k${at}":\n[1, {"x": 2}]`)}}`;
  let read = 0;
  // Characters are taken one by one, so what is taken is what is walked over.
  const counted = new Proxy(Object(text), {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) read++;
      const value = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(text) : value;
    },
  });
  const document = readJson(counted, jsonTextLimits);
  if (!document.ok) throw new Error('it is JSON');
  read = 0;
  const paths = Array.from({ length: 100 }, (_, at) => [`k${at * 20}`, 1, 'x']);
  const places = document.value.locate(paths);
  expect(read).toBeLessThan(text.length * 2);
  expect(places[0]).toEqual({ line: 3, column: 6 });
  expect(places[99]).toEqual({ line: 1983, column: 6 });
});

test('findings: of many unknown keys a hundred are told, and no more is made', () => {
  const value = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, 1]));
  const parsed = strict({ cpu: z.number().optional() }).safeParse(value);
  const [issue] = parsed.error?.issues ?? [];
  expect(issue?.message).toBe('cpu');
  const remarks = remarksOf(parsed.error?.issues ?? [], 'BODY_INVALID', value);
  expect(remarks).toHaveLength(100);
  expect(remarks[0]?.message).toBe('unknown key "k0"; known are cpu');
  const wrong = z.array(z.string()).safeParse(Array(5_000).fill(1));
  expect(remarksOf(wrong.error?.issues ?? [], 'BODY_INVALID', [])).toHaveLength(100);
});

test('findings: a key of megabytes is cut where it is shown', () => {
  const key = 'k'.repeat(1_000_000);
  const value = { [key]: 1 };
  const parsed = strict({ cpu: z.number().optional() }).safeParse(value);
  const remarks = remarksOf(parsed.error?.issues ?? [], 'BODY_INVALID', value);
  const [finding] = findingsOf(remarks, undefined);
  expect(finding?.path).toBe(`${'k'.repeat(250)}…`);
  expect(finding?.message).toBe(`unknown key "${'k'.repeat(250)}…"; known are cpu`);
  expect(refusalOf(`{"${key}":1,"${key}":2}`)?.message).toBe(
    `"${'k'.repeat(250)}…" is defined twice`,
  );
});
