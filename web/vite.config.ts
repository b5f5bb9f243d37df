/** How the page is built: into `dist/web`, with each file zipped beside itself. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { contract } from '../src/api/contract.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  plugins: [react(), endpoints(), zipped(here('../dist/web'))],
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    // Browsers that know `light-dark()` themselves: what it is lowered to else does not work.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
  },
});

/**
 * The endpoints of the contract without their schemas: the page is of the node's own version, so it
 * needs their types, which cost nothing, and not the library that checks them.
 */
function endpoints(): Plugin {
  const name = 'virtual:endpoints';
  const table = Object.fromEntries(
    Object.entries(contract).map(([key, { method, path, bodyKind, query }]) => [
      key,
      { method, path, bodyKind, takesIndex: 'minIndex' in query.shape },
    ]),
  );
  return {
    name: 'skein-endpoints',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? `export default ${JSON.stringify(table)}` : undefined),
  };
}

/** Nodes have better things to do than to compress the same files again and again. */
function zipped(folder: string): Plugin {
  return {
    name: 'skein-zipped',
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const level = constants.Z_BEST_COMPRESSION;
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level }));
      }
    },
  };
}
