/** Programs of these sources, made runnable at once: tests do not wait for a build. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

export class BuiltProgram {
  readonly #folder = mkdtempSync('node_modules/.skein-program-');
  readonly file: string;

  /** `source` is a path from the root, as in `src/executor/sql/sql-main.ts`. */
  constructor(source: string) {
    const name = /[^/]+(?=\.ts$)/.exec(source)?.[0] ?? '';
    this.file = join(process.cwd(), this.#folder, `${name}.js`);
    buildSync({
      ...{ entryPoints: [source], outdir: this.#folder, bundle: true, splitting: true },
      ...{ format: 'esm', platform: 'node', target: 'node20' },
      ...{ packages: 'external', logLevel: 'error' },
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
