/**
 * Compiles inline code in the executor: text to text, no file is read and nothing of it runs, so
 * that a syntax error is known before a process is used. Kept by content. The compiler is loaded
 * with the first code: an idle node has no use for it.
 */
import { type CompileFlaw, flawIn } from './compile-flaw.ts';

export type Compiled =
  | { readonly kind: 'compiled'; readonly code: string }
  | { readonly kind: 'flaw'; readonly flaw: CompileFlaw }
  /** Nothing is known about the code: the compiler could not be run. */
  | { readonly kind: 'broken'; readonly reason: string };

/** Characters of code, source and result together, that are kept. */
const keptCharactersMax = 8 * 1024 * 1024;

export class Compiler {
  /** The one that was used longest ago comes first. */
  readonly #kept = new Map<string, Compiled>();
  #characters = 0;

  /** TypeScript or JavaScript -> JavaScript. `done` is never called within this call. */
  compile(source: string, done: (compiled: Compiled) => void): void {
    const known = this.#kept.get(source);
    if (known !== undefined) {
      this.#kept.delete(source);
      this.#kept.set(source, known);
      setImmediate(() => done(known));
      return;
    }
    const finish = (compiled: Compiled): void => {
      this.#keep(source, compiled);
      done(compiled);
    };
    transformed(source).then(
      ({ code }) => finish({ kind: 'compiled', code }),
      (error: unknown) => {
        const flaw = flawIn(error);
        if (flaw === undefined) done({ kind: 'broken', reason: String(error) });
        else finish({ kind: 'flaw', flaw });
      },
    );
  }

  #keep(source: string, compiled: Compiled): void {
    if (this.#kept.has(source)) return;
    this.#kept.set(source, compiled);
    this.#characters += sizeOf(source, compiled);
    for (const [oldest, kept] of this.#kept) {
      if (this.#characters <= keptCharactersMax) return;
      this.#kept.delete(oldest);
      this.#characters -= sizeOf(oldest, kept);
    }
  }
}

async function transformed(source: string): Promise<{ readonly code: string }> {
  const { transform } = await import('esbuild');
  return transform(source, {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    platform: 'node',
    sourcemap: 'inline',
    sourcefile: 'code.ts',
    logLevel: 'silent',
  });
}

const sizeOf = (source: string, compiled: Compiled): number =>
  source.length + (compiled.kind === 'compiled' ? compiled.code.length : 0);
