/**
 * A copy of the source in which one mutant after the other is built. Tests run from the TypeScript,
 * seeds from the compiled program; a mutant changes one file of each.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Mutant, mutated } from './mutant.ts';

const copied = ['src', 'test', 'cluster', 'package.json', 'tsconfig.json'];

/** Types are not checked: a mutant is a mistake that the compiler would let pass, or not. */
const compilerOptions = {
  noCheck: true,
  noEmitOnError: false,
  incremental: false,
  declaration: false,
  sourceMap: false,
};
const buildFlags = {
  extends: './tsconfig.json',
  compilerOptions: { ...compilerOptions, rootDir: '.', outDir: 'dist', tsBuildInfoFile: null },
  include: ['src', 'test'],
};
/** One process and one thread of modules for all files: starting is most of what a test costs. */
const testOptions = {
  include: ['{src,test}/**/*.test.ts'],
  pool: 'threads',
  isolate: false,
  fileParallelism: false,
  testTimeout: 120_000,
  bail: 1,
};

export class Workshop {
  readonly root: string;
  readonly #project: string;

  private constructor(root: string, project: string) {
    this.root = root;
    this.#project = project;
  }

  /** Copies the project and builds it. */
  static open(project: string): Workshop {
    const shop = new Workshop(mkdtempSync(join(tmpdir(), 'skein-mutants-')), project);
    try {
      shop.#furnish();
    } catch (error) {
      shop.close();
      throw error;
    }
    return shop;
  }

  /** Another copy of one that is built, for a second worker. */
  clone(): Workshop {
    const root = mkdtempSync(join(tmpdir(), 'skein-mutants-'));
    cpSync(this.root, root, { recursive: true, verbatimSymlinks: true });
    return new Workshop(root, this.#project);
  }

  /** Puts the mutant in, runs `judge`, and takes the mutant out again. */
  async with<T>(mutant: Mutant, judge: () => Promise<T>): Promise<T> {
    const path = join(this.root, 'src', mutant.file);
    const compiled = join(this.root, 'dist', 'src', mutant.file.replace(/\.ts$/, '.js'));
    const text = readFileSync(path);
    const code = readFileSync(compiled);
    writeFileSync(path, mutated(text.toString(), mutant));
    try {
      const flags = ['--ignoreConfig', '--noCheck', '--noResolve', '--target', 'es2023'];
      const module = ['--module', 'nodenext', '--rewriteRelativeImportExtensions'];
      this.#compile([...flags, ...module, '--outDir', dirname(compiled), path]);
      return await judge();
    } finally {
      writeFileSync(path, text);
      writeFileSync(compiled, code);
    }
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #furnish(): void {
    const { root } = this;
    for (const name of copied) {
      cpSync(join(this.#project, name), join(root, name), { recursive: true });
    }
    symlinkSync(join(this.#project, 'node_modules'), join(root, 'node_modules'));
    writeFileSync(join(root, 'tsconfig.build.json'), JSON.stringify(buildFlags));
    const config = JSON.stringify({ cacheDir: join(root, '.vite'), test: testOptions });
    writeFileSync(join(root, 'vitest.config.js'), `export default ${config};\n`);
    this.#compile(['--project', 'tsconfig.build.json']);
  }

  #compile(args: readonly string[]): void {
    const tsc = join(this.#project, 'node_modules', '.bin', 'tsc');
    execFileSync(tsc, args, { cwd: this.root, stdio: ['ignore', 'inherit', 'inherit'] });
  }
}
