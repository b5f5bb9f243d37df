/**
 * Which product was simulated: a digest over the compiled files of `src` that the simulator is made
 * of, without their comments. Seeds of several runs count together as long as it is the same,
 * whatever else has changed in the repository meanwhile: a page, a command, a document.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { transformSync } from 'esbuild';

/** `main`: the compiled entry of the simulator. 12 hexadecimal digits. */
export function productDigest(main: string): string {
  const root = resolve(dirname(main), '../..');
  const texts = new Map<string, string>();
  const open = [main];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (texts.has(path)) continue;
    const text = readFileSync(path, 'utf8');
    texts.set(path, text);
    for (const [, to = ''] of text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      open.push(resolve(dirname(path), to));
    }
  }
  const hash = createHash('sha256');
  for (const [path, text] of [...texts].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const name = relative(root, path);
    if (name.startsWith(`src${sep}`)) hash.update(`${name}\n${withoutComments(text)}\n`);
  }
  return hash.digest('hex').slice(0, 12);
}

const withoutComments = (text: string): string =>
  transformSync(text, { minifyWhitespace: true, legalComments: 'none' }).code;
