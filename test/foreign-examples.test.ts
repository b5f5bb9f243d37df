/**
 * The examples for people who come from elsewhere: each is a DAG that can be applied as it is, none
 * takes another's name, and the guide leads to every one of them and to none that is not there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readDag } from '../src/api/dag-file.ts';

const root = new URL('..', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const readAt = (path: string) =>
  readDag({ text: textOf(path), format: 'yaml', id: null, namespace: null, limits: null });

/** Each folder with the guide that tells of it. */
const countries = [
  { folder: 'examples/from-airflow', guide: 'docs/guide/from-airflow.md' },
  { folder: 'examples/from-argo', guide: 'docs/guide/from-argo.md' },
] as const;

const filesIn = (folder: string): readonly string[] =>
  readdirSync(fileURLToPath(new URL(folder, root)))
    .sort()
    .map((name) => `${folder}/${name}`);

describe.each(countries)('$folder', ({ folder, guide }) => {
  const files = filesIn(folder);

  it('has an example for at least twenty of theirs', () => {
    expect(files.length).toBeGreaterThanOrEqual(20);
    expect(files.filter((file) => !file.endsWith('.yaml'))).toEqual([]);
  });

  it.each(files)('%s is read without a finding, and says what it comes from', (file) => {
    const read = readAt(file);
    expect(read.ok ? [] : read.error).toEqual([]);
    expect(textOf(file)).toMatch(/^# (Airflow|Argo): \S+\.(py|yaml)/);
  });

  it('advice is heeded', () => {
    const advice = files.flatMap((file) => {
      const read = readAt(file);
      return read.ok ? read.value.advice.map(({ message }) => `${file}: ${message}`) : [];
    });
    expect(advice).toEqual([]);
  });

  it('the guide names each of them, and nothing that does not exist', () => {
    const named = linksIn(textOf(guide)).filter((path) => path.startsWith(folder));
    expect([...new Set(named)].sort()).toEqual(files);
  });

  it('the guide tells of forty files or more, each with a status', () => {
    const rows = rowsIn(textOf(guide));
    expect(rows.filter((cells) => cells.length !== 5)).toEqual([]);
    expect(new Set(rows.map(([file]) => file)).size).toBe(rows.length);
    const statuses = rows.map((cells) => cells[3]);
    expect(statuses.length).toBeGreaterThanOrEqual(40);
    expect([...new Set(statuses)].sort()).toEqual(['not', 'other way', 'yes']);
  });
});

it('examples: DAGs that name each other are there, and no two have the same name', () => {
  const dags = countries
    .flatMap(({ folder }) => filesIn(folder))
    .flatMap((file) => {
      const read = readAt(file);
      return read.ok ? [read.value] : [];
    });
  const ids = dags.map(({ dagId }) => dagId);
  expect(new Set(ids).size).toBe(ids.length);
  const called = dags.flatMap(({ spec }) =>
    Object.values(spec.tasks).flatMap(({ action }) =>
      action.kind === 'subdag' ? [action.dagId] : [],
    ),
  );
  expect(called.length).toBeGreaterThan(0);
  expect(called.filter((id) => !ids.includes(id))).toEqual([]);
});

/** Where a page of `docs/guide` leads, as paths from the root. */
const linksIn = (page: string): readonly string[] =>
  [...page.matchAll(/\]\(\.\.\/\.\.\/([^)#]+)\)/g)].map(([, path]) => path ?? '');

/** The cells of the table of files; a bar within a cell stands behind a backslash. */
const rowsIn = (page: string): readonly (readonly string[])[] =>
  sectionIn(page, 'The examples')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const sectionIn = (page: string, heading: string): string =>
  page.split(/^## /m).find((section) => section.startsWith(`${heading}\n`)) ?? '';
