/** The shape of files and folders: sizes, names, headers, and what nobody needs. */
import { functionsOf } from './functions.ts';
import { entryPoints, fileName, folderName, longLines, sizes } from './rules.ts';
import type { Token } from './tokenize.ts';
import type { TextFile, Tree, Violation } from './tree.ts';

export function* checkSizes(tree: Tree): Generator<Violation> {
  for (const { path, lines, tokens, test } of tree.code.values()) {
    const most = path.endsWith('.test.ts') ? sizes.testFileLines : sizes.fileLines;
    if (lines.length > most) {
      const advice = `${lines.length} lines, at most ${most}: split it by idea`;
      yield { file: path, line: lines.length, rule: 'sizes', advice };
    }
    const longest = path.endsWith('.tsx') ? sizes.markupFunctionLines : sizes.functionLines;
    for (const { name, line, lines: long, group } of functionsOf(tokens)) {
      if ((group && test) || long <= longest) continue;
      const advice = `${name} has ${long} lines, at most ${longest}: split it`;
      yield { file: path, line, rule: 'sizes', advice };
    }
  }
}

export function* checkColumns(tree: Tree): Generator<Violation> {
  for (const file of tree.texts) {
    if (longLines.test(file.path)) continue;
    const most = file.path.endsWith('.md') ? sizes.proseColumns : sizes.columns;
    for (const [index, text] of file.lines.entries()) {
      if (text.length <= most) continue;
      const columns = [...text].length;
      if (columns <= most || mayBeLong(file, text)) continue;
      const advice = `${columns} columns, at most ${most}`;
      yield { file: file.path, line: index + 1, rule: 'columns', advice };
    }
  }
}

/** Markdown cannot break the row of a table, and nothing can break a link. */
const mayBeLong = ({ path }: TextFile, text: string): boolean =>
  (path.endsWith('.md') && /^\s*\|/.test(text)) || /https?:\/\/\S{60,}/.test(text);

export function* checkNames(tree: Tree): Generator<Violation> {
  for (const path of tree.files) {
    const name = path.split('/').at(-1) ?? '';
    // Documents and files without an extension have names of their own (README.md, Dockerfile).
    if (fileName.test(name) || name.endsWith('.md') || !name.includes('.', 1)) continue;
    yield { file: path, line: 1, rule: 'names', advice: 'name it in kebab-case' };
  }
  for (const path of tree.folders) {
    if (folderName.test(path.split('/').at(-1) ?? '')) continue;
    yield { file: path, line: 1, rule: 'names', advice: 'name the folder in kebab-case' };
  }
}

export function* checkEmptyFolders(tree: Tree): Generator<Violation> {
  for (const folder of tree.folders) {
    if (tree.files.some((path) => path.startsWith(`${folder}/`))) continue;
    yield { file: folder, line: 1, rule: 'empty folders', advice: 'remove it' };
  }
}

/** A file needs an importer other than its own unit test, unless something starts there. */
export function* checkDeadFiles(tree: Tree): Generator<Violation> {
  const needed = new Set<string>();
  for (const { path, imports } of tree.code.values()) {
    const own = path.replace(/(\.[a-z0-9-]+)?\.test\.ts$/, '.ts');
    for (const { target } of imports) {
      if (target !== undefined && target !== own) needed.add(target);
    }
  }
  for (const { path, test } of tree.code.values()) {
    if (test || !path.startsWith('src/') || needed.has(path)) continue;
    if (entryPoints.some((pattern) => pattern.test(path))) continue;
    const advice = 'nobody imports it: remove it, use it, or list it as an entry point';
    yield { file: path, line: 1, rule: 'dead files', advice };
  }
}

/** A file with a class that keeps state opens with a comment: its job, what it owns, what not. */
export function* checkHeaders(tree: Tree): Generator<Violation> {
  for (const { path, test, header, tokens } of tree.code.values()) {
    if (test || header || !path.startsWith('src/')) continue;
    const line = statefulClassLine(tokens);
    if (line === undefined) continue;
    yield {
      file: path,
      line,
      rule: 'headers',
      advice: 'open the file with a comment on its class',
    };
  }
}

function statefulClassLine(tokens: readonly Token[]): number | undefined {
  const at = tokens.findIndex(({ text }, index) => {
    const name = tokens[index + 1];
    return text === 'class' && name?.kind === 'word' && tokens[index - 1]?.text !== '.';
  });
  const keeps = tokens.slice(at).some(({ text }) => text.startsWith('#'));
  return at >= 0 && keeps ? tokens[at]?.line : undefined;
}
