/** Documents that are made of the code, or that the code promises: they must be up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readDag } from '../../src/api/dag-file.ts';
import { dagFileJsonSchemaText } from '../../src/api/dag-file-json-schema.ts';
import type { ProblemCode } from '../../src/api/problem-code.ts';
import { problemOf, problemOfFindings, problems } from '../../src/api/problems.ts';
import { anchorOf } from './guide-kit.ts';

const path = (name: string): URL => new URL(`../../docs/${name}`, import.meta.url);

test('documents: docs/schema/dag.json is made of the schema (SKEIN_WRITE_DOCS=1 writes it)', () => {
  const file = path('schema/dag.json');
  if (process.env.SKEIN_WRITE_DOCS === '1') writeFileSync(file, dagFileJsonSchemaText());
  expect(readFileSync(file, 'utf8')).toBe(dagFileJsonSchemaText());
});

const errorsPage = readFileSync(path('guide/errors.md'), 'utf8');

const isCode = (text: string): text is ProblemCode => Object.hasOwn(problems, text);

test('documents: every problem code has a heading where its answers point, and its status', () => {
  const headings = errorsPage.matchAll(/^### (.+)\n\n\*\*(\d+)\.\*\* /gm);
  const written = [...headings].map(([, heading = '', status]) => [anchorOf(heading), status]);
  const given = Object.keys(problems)
    .filter(isCode)
    .map((code) => problemOf(code, ''))
    .map(({ type, status }) => [type.replace('docs/guide/errors.md#', ''), String(status)]);
  expect(written.sort()).toEqual(given.sort());
});

test('documents: the answer that the page of errors shows is what such a file is given', () => {
  const text =
    'id: x\ntasks:\n  a: { type: noop, dependsOn: [b] }\n  b: { type: noop, dependsOn: a }';
  const said = { id: null, namespace: null, limits: null } as const;
  const read = readDag({ text, format: 'yaml', ...said });
  const findings = read.ok ? [] : read.error;
  const shown: unknown = JSON.parse(/```json\n(.*?)```/s.exec(errorsPage)?.[1] ?? '');
  expect(shown).toEqual(problemOfFindings('DAG_CYCLE', findings));
});
