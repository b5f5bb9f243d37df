/** What the documents point at is there: files, and headings within them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path/posix';
import { expect, test } from 'vitest';
import { anchorOf, documentPaths, documentText } from './guide-kit.ts';

/** Without code, in which brackets mean something else. */
const prose = (path: string): string =>
  documentText(path)
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, '');

const anchorsOf = (path: string): readonly string[] =>
  [...documentText(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

test('documents: links within the project lead to files and headings that are there', () => {
  const lost: string[] = [];
  let seen = 0;
  for (const path of documentPaths()) {
    for (const [, link = ''] of prose(path).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (link.includes('://')) continue;
      seen += 1;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(path, '..', file);
      const isThere =
        existsSync(new URL(`../../${target}`, import.meta.url)) &&
        (anchor === undefined || anchorsOf(target).includes(anchor));
      if (!isThere) lost.push(`${path}: ${link}`);
    }
  }
  expect(lost).toEqual([]);
  expect(seen).toBeGreaterThan(200);
});

test('documents: every page of the guide is in its index', () => {
  const index = documentText('docs/guide/README.md');
  const pages = documentPaths().flatMap((path) => /^docs\/guide\/(\w.*)$/.exec(path)?.[1] ?? []);
  const missing = pages.filter((page) => !index.includes(`(${page})`));
  expect(missing).toEqual(['README.md']);
});
