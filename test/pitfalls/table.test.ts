/** Keeps `docs/pitfalls.md` true: each number once, and files that are there and quote it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = new URL('../../docs/pitfalls.md', import.meta.url);
const pitfalls = 92;
const scripts = 8;

interface Row {
  readonly name: string;
  readonly shownBy: string;
  readonly files: readonly URL[];
}

const rows = readFileSync(page, 'utf8')
  .split('\n')
  .flatMap((line): Row[] => {
    const [, name = '', , shownBy = ''] = line.split('|').map((cell) => cell.trim());
    if (!/^(P\d\d|\d)$/.test(name)) return [];
    const links = [...shownBy.matchAll(/\]\(([^)]+)\)/g)];
    return [{ name, shownBy, files: links.map(([, path = '']) => new URL(path, page)) }];
  });

/** What a file says that it is about: the comment at its head, and the names of its tests. */
function promises(file: URL): string {
  const text = readFileSync(file, 'utf8');
  if (file.pathname.endsWith('.txt')) return text.split('\n\n')[0] ?? '';
  const head = /^\/\*\*.*?\*\//s.exec(text)?.[0] ?? '';
  const names = [...text.matchAll(/\b(?:it|test)\(\s*(['"`])(.*?)\1/gs)].map(([, , name]) => name);
  return [head, ...names].join('\n');
}

/** `P51 to P57` quotes all of them. */
function quotes(text: string, number: number): boolean {
  const ranges = [...text.matchAll(/\bP(\d\d)(?: to P(\d\d))?\b/g)];
  return ranges.some(([, from, to]) => number >= Number(from) && number <= Number(to ?? from));
}

const texts = ['../raft/scenarios/', 'peers/'].flatMap((path) => {
  const folder = new URL(path, import.meta.url);
  return readdirSync(folder).map((file) => new URL(file, folder));
});

describe('the table of pitfalls', () => {
  it('has every number once, and every script', () => {
    const numbers = Array.from({ length: pitfalls }, (_, at) => `P${`${at + 1}`.padStart(2, '0')}`);
    const names = Array.from({ length: scripts }, (_, at) => `${at + 1}`);
    expect(rows.map(({ name }) => name)).toEqual([...numbers, ...names]);
  });

  it.each(rows)('$name: what it names quotes it', ({ name, shownBy, files }) => {
    if (files.length === 0) expect(shownBy).toMatch(/^Does not apply: \w/);
    for (const file of files) {
      const text = promises(file);
      const isQuoted = name.startsWith('P')
        ? quotes(text, Number(name.slice(1)))
        : text.replaceAll(/\s*#?\s+/g, ' ').includes(`script ${name}`);
      expect(isQuoted, `${file.pathname} quotes ${name}`).toBe(true);
    }
  });

  it('leads nowhere that does not exist', () => {
    for (const [, path = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([^)]+)\)/g)) {
      expect(existsSync(new URL(path, page)), path).toBe(true);
    }
  });

  it('names every text in the rows of the numbers that it quotes', () => {
    for (const text of texts) {
      for (const [number] of promises(text).matchAll(/\bP\d\d\b/g)) {
        const row = rows.find(({ name }) => name === number);
        const files = row?.files.map(({ pathname }) => pathname);
        expect(files, `${number}, ${text.pathname}`).toContain(text.pathname);
      }
    }
  });
});
