/**
 * The worker as a file that Node can run: one module, made of `worker.ts` and what it imports, so
 * that sources and build give the same program and it starts with a single read.
 */
import { mkdir, rename, writeFile } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, ok, type Result } from '../../base/result.ts';

/** The worker's source lies beside this one, and ends as this one does. */
const here = fileURLToPath(import.meta.url);
const source = `${dirname(here)}/worker${extname(here)}`;

/** A module that the worker can import: the compiler, for files of TypeScript. */
export const compilerFile = createRequire(import.meta.url).resolve('esbuild');

/** Writes the program to `file`; the error is a sentence. */
export function writeProgram(file: string, done: (written: Result<void, string>) => void): void {
  const draft = `${file}.${process.pid}`;
  const broken = (error: unknown): void => done(fail(String(error)));
  bundled().then((text) => {
    mkdir(dirname(file), { recursive: true }, (noFolder) => {
      if (noFolder !== null) return broken(noFolder);
      writeFile(draft, text, (noDraft) => {
        if (noDraft !== null) return broken(noDraft);
        rename(draft, file, (noFile) => (noFile === null ? done(ok(undefined)) : broken(noFile)));
      });
    });
  }, broken);
}

async function bundled(): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
