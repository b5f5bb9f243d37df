/** The files that the rules look at: read from disk, or made of text in the rules' own tests. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Import, importsOf } from './imports.ts';
import { codeFolders, type Room, rooms, skippedFolders } from './rules.ts';
import { type Tokens, tokenize } from './tokenize.ts';

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  /** What to do. */
  readonly advice: string;
}

export type Check = (tree: Tree) => Iterable<Violation>;

export interface TextFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly lines: readonly string[];
}

export interface CodeFile extends TextFile, Tokens {
  readonly test: boolean;
  readonly room: Room | undefined;
  readonly imports: readonly Import[];
}

export interface Tree {
  readonly texts: readonly TextFile[];
  /** By path. */
  readonly code: ReadonlyMap<string, CodeFile>;
  /** All folders below the code folders. */
  readonly folders: readonly string[];
  /** All files below the code folders, whatever they hold. */
  readonly files: readonly string[];
}

const codeExtensions = new Set(['.ts', '.mts', '.tsx']);
const textExtensions = new Set(
  '.ts .mts .tsx .js .mjs .css .html .md .yaml .yml .sh .txt'.split(' '),
);

export function treeOf(
  sources: Readonly<Record<string, string>>,
  folders: readonly string[] = [],
): Tree {
  const texts: TextFile[] = [];
  const code = new Map<string, CodeFile>();
  const paths = Object.keys(sources);
  for (const [path, source] of Object.entries(sources)) {
    const lines = source.replace(/\n$/, '').split('\n');
    texts.push({ path, lines });
    if (!codeExtensions.has(extname(path))) continue;
    const room = rooms.find(({ files }) => files.test(path));
    const tokens = tokenize(source);
    const imports = importsOf(path, tokens.tokens);
    code.set(path, { path, lines, ...tokens, room, imports, test: room?.name === 'test' });
  }
  const inCode = (path: string): boolean => codeFolders.includes(path.split('/')[0] ?? '');
  return { texts, code, folders, files: paths.filter(inCode) };
}

export function readTree(root: string): Tree {
  const sources: Record<string, string> = {};
  const folders: string[] = [];
  const others: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !skippedFolders.has(entry.name)) {
        if (codeFolders.includes(path.split('/')[0] ?? '')) folders.push(path);
        walk(path);
      } else if (entry.isFile() && textExtensions.has(extname(path))) {
        sources[path] = readFileSync(join(root, path), 'utf8');
      } else if (entry.isFile()) others.push(path);
    }
  };
  walk('');
  const tree = treeOf(sources, folders);
  return { ...tree, files: [...tree.files, ...others] };
}
