/** Documents that are made of the code, or that the code promises: they must be up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dagFileJsonSchemaText } from '../../src/api/dag-file-json-schema.ts';
import { problems } from '../../src/api/problems.ts';

const path = (name: string): URL => new URL(`../../docs/${name}`, import.meta.url);

test('documents: docs/schema/dag.json is made of the schema (SKEIN_WRITE_DOCS=1 writes it)', () => {
  const file = path('schema/dag.json');
  if (process.env.SKEIN_WRITE_DOCS === '1') writeFileSync(file, dagFileJsonSchemaText());
  expect(readFileSync(file, 'utf8')).toBe(dagFileJsonSchemaText());
});

test('documents: every problem code has its heading, with its status', () => {
  const text = readFileSync(path('guide/errors.md'), 'utf8');
  const headings = [...text.matchAll(/^### (\w+) \((\d+)\)$/gm)];
  expect(headings.map(([, code]) => code).sort()).toEqual(Object.keys(problems).sort());
  for (const [, code, status] of headings) {
    const kind = Object.entries(problems).find(([name]) => name === code)![1];
    expect([code, Number(status)]).toEqual([code, kind.status]);
  }
});
