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
