/** Reads the documents for the tests that compare them with the code. */
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

/** `docs/guide/errors.md` -> its text. */
export const documentText = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Of people, by path from the root. */
export const documentPaths = (): readonly string[] =>
  [
    ...readdirSync(root),
    ...['docs', 'examples', 'bench'].flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true }).map((file) => `${folder}/${file}`),
    ),
  ].filter((path) => path.endsWith('.md'));

/** What GitHub and editors make of a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

/** What stands below the heading, up to the next one of its kind. */
export function sectionOf(path: string, heading: string): string {
  const [, section] = documentText(path).split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`${path} has no heading "${heading}"`);
  return section.split('\n## ')[0] ?? '';
}

/** The cells of all rows of the tables in a text, without the heads. */
export function tableRows(text: string): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) continue;
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    // The line below a head says that the row before it was one.
    if (/^\|( ?-+ ?\|)+$/.test(line)) rows.pop();
    else rows.push(cells.map((cell) => cell.trim().replaceAll('\\|', '|')));
  }
  return rows;
}
