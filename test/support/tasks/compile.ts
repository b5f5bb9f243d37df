/** Compiles a program of this repository for tests that must run it as a process of its own. */
import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/**
 * Writes `source` (relative to the root) and what it imports into `folder`; returns its path there.
 */
export function compile(source: string, folder: string): string {
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      rootDir: root,
      outDir: folder,
      noCheck: true,
      declaration: false,
      sourceMap: false,
      incremental: false,
      tsBuildInfoFile: null,
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    include: [],
    files: [join(root, source)],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(process.execPath, [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    ...['--project', join(folder, 'tsconfig.json')],
  ]);
  return join(folder, source.replace(/\.ts$/, '.js'));
}
