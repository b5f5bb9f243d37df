/**
 * TypeScript files, in the worker: the file and what it imports by relative paths become one
 * module. Packages are not bundled: they are found from where the importing file lies, and loaded
 * by Node itself.
 *
 * A bundle is kept under the name of its file, with a digest of every file that went into it, and
 * is good as long as all of them are unchanged. Whoever may not write there compiles each time.
 */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildResult, Plugin } from 'esbuild';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Call } from './call.ts';
import { type CompileFlaw, flawIn } from './compile-flaw.ts';

export interface SyntaxFlaw extends CompileFlaw {
  readonly file: string;
}

/** Bundles that are kept; the oldest give way. */
const bundlesMax = 200;

const typeScript = /\.[mc]?tsx?$/;
export const isTypeScript = (file: string): boolean => typeScript.test(file);

export interface Bundle {
  /** By absolute path, the digest of its content. */
  readonly inputs: Readonly<Record<string, string>>;
  /** A module that Node can load. */
  readonly code: string;
}

/** Throws where a file cannot be read. */
export async function bundleOf(call: Call): Promise<Result<Bundle, SyntaxFlaw>> {
  const file = realpathSync(resolve(call.file));
  const keptFile = `${call.cache}/${digest(file)}.json`;
  const known = recall(keptFile);
  if (known !== undefined) return ok(known);
  const bundle = await compile(call, file);
  if (bundle.ok) keep(keptFile, bundle.value);
  return bundle;
}

/** Where Node finds a module wrong, the compiler knows the column. */
export async function syntaxFlawOf(call: Call): Promise<SyntaxFlaw | undefined> {
  const { transform }: typeof import('esbuild') = await import(call.compiler);
  try {
    await transform(readFileSync(call.file, 'utf8'), { loader: 'js', logLevel: 'silent' });
    return undefined;
  } catch (error) {
    const flaw = flawIn(error);
    return flaw && { ...flaw, file: call.file };
  }
}

function recall(keptFile: string): Bundle | undefined {
  try {
    const kept: Bundle = JSON.parse(readFileSync(keptFile, 'utf8'));
    const isFresh = Object.entries(kept.inputs).every(
      ([path, known]) => digest(readFileSync(path)) === known,
    );
    return isFresh ? kept : undefined;
  } catch {
    return undefined;
  }
}

function keep(keptFile: string, kept: Bundle): void {
  const folder = dirname(keptFile);
  const draft = `${keptFile}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    makeRoom(folder);
    writeFileSync(draft, JSON.stringify(kept));
    renameSync(draft, keptFile);
  } catch {
    // The next call compiles again.
  }
}

function makeRoom(folder: string): void {
  const names = readdirSync(folder);
  if (names.length < bundlesMax) return;
  const aged = names.map((name) => ({ name, at: statSync(`${folder}/${name}`).mtimeMs }));
  aged.sort((a, b) => a.at - b.at);
  for (const { name } of aged.slice(0, names.length - bundlesMax + 1)) rmSync(`${folder}/${name}`);
}

async function compile(call: Call, file: string): Promise<Result<Bundle, SyntaxFlaw>> {
  const { build, stop }: typeof import('esbuild') = await import(call.compiler);
  try {
    const built = await build({
      entryPoints: [file],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      sourcemap: 'inline',
      logLevel: 'silent',
      absWorkingDir: '/',
      // What was written for the one kind of modules finds what the other kind has.
      define: { 'import.meta.url': JSON.stringify(pathToFileURL(file).href) },
      banner: {
        js:
          "import { createRequire as __create } from 'node:module';" +
          `const require = __create(${JSON.stringify(file)});`,
      },
      plugins: [packagesFromTheirPlace],
    });
    return ok(keptOf(built));
  } catch (error) {
    const flaw = flawIn(error);
    if (flaw === undefined) throw error;
    return fail({ ...flaw, file: flaw.file === undefined ? file : `/${flaw.file}` });
  } finally {
    // It would wait for more to compile, as a process of its own.
    await stop();
  }
}

function keptOf({ metafile, outputFiles }: BuildResult<{ metafile: true; write: false }>): Bundle {
  const paths = Object.keys(metafile.inputs).map((path) => `/${path}`);
  const inputs = Object.fromEntries(paths.map((path) => [path, digest(readFileSync(path))]));
  return { inputs, code: outputFiles[0]?.text ?? '' };
}

/** The bundle lies elsewhere: a package is named by where its importer finds it. */
const packagesFromTheirPlace: Plugin = {
  name: 'packages',
  setup({ onResolve, resolve: find }) {
    onResolve({ filter: /^[^./]/ }, async (args) => {
      if (args.pluginData === 'found' || args.kind === 'entry-point') return undefined;
      if (isBuiltin(args.path)) return { path: args.path, external: true };
      const { kind, resolveDir, importer } = args;
      const found = await find(args.path, { kind, resolveDir, importer, pluginData: 'found' });
      // Node says best what it does not find.
      if (found.errors.length > 0) return { path: args.path, external: true };
      return { path: pathToFileURL(found.path).href, external: true };
    });
  },
};

const digest = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');
