/**
 * The rules of the house, as tables. A decision record that changes a rule changes one line here;
 * how a rule is checked stands in the `check-*.ts` files.
 */

/** A room is a place that knows only lower floors. The first row whose pattern fits is the room. */
export interface Room {
  readonly name: string;
  readonly floor: number;
  readonly files: RegExp;
}

export const rooms: readonly Room[] = [
  // Tests stand above everything, wherever they lie.
  { name: 'test', floor: 7, files: /\.test\.ts$|^test\/|^src\/\w+\/testing\// },
  { name: 'examples', floor: 7, files: /^examples\// },
  { name: 'base', floor: 0, files: /^src\/base\// },
  { name: 'model', floor: 1, files: /^src\/model\// },
  { name: 'raft driver', floor: 2, files: /^src\/raft\/driver/ },
  { name: 'raft core', floor: 1, files: /^src\/raft\// },
  { name: 'actors', floor: 1, files: /^src\/actors\// },
  { name: 'scheduler', floor: 2, files: /^src\/scheduler\// },
  { name: 'executor', floor: 2, files: /^src\/executor\// },
  { name: 'transport', floor: 2, files: /^src\/transport\// },
  { name: 'storage', floor: 2, files: /^src\/storage\// },
  { name: 'api', floor: 2, files: /^src\/api\// },
  { name: 'http', floor: 3, files: /^src\/http\// },
  { name: 'node', floor: 4, files: /^src\/node\// },
  { name: 'cli', floor: 5, files: /^src\/cli\// },
  { name: 'sdk', floor: 5, files: /^src\/sdk\// },
  { name: 'web', floor: 5, files: /^web\// },
  { name: 'cluster', floor: 5, files: /^cluster\// },
  // A bench runs clusters; it needs the hand that starts them.
  { name: 'bench', floor: 6, files: /^bench\// },
];

/** Rooms that uncertainty may enter only by the five ports (law 5). */
export const pureRooms: readonly string[] = ['base', 'model', 'raft core', 'actors', 'scheduler'];

/** Words that a pure room does not say, and what it says instead. */
export const impureWords: Readonly<Record<string, string>> = {
  Promise: 'take a callback and tell self (law 6)',
  async: 'take a callback and tell self (law 6)',
  await: 'take a callback and tell self (law 6)',
  setTimeout: 'use Clock.after',
  setInterval: 'use Clock.after',
  setImmediate: 'use Clock.soon',
  queueMicrotask: 'use Clock.soon',
  process: 'take the value as an option',
  performance: 'use Clock.monotonicMs',
  globalThis: 'take the value as an option',
  console: 'use trace',
  fetch: 'use the Network port',
  require: 'import it',
};

/** Members that a pure room does not use. */
export const impureMembers: Readonly<Record<string, string>> = {
  'Date.now': 'use Clock.wallMs',
  'Math.random': 'use Random',
};

/** Packages that `src` and `web` may import, and where; a new one needs a decision record. */
export interface PackageRule {
  readonly files: RegExp;
  /** At most so many files import it. */
  readonly filesMax?: number;
}

export const packages: Readonly<Record<string, PackageRule>> = {
  'cron-parser': { files: /^src\/model\//, filesMax: 1 },
  '@marcbachmann/cel-js': { files: /^src\/model\/expression\/cel\.ts$/ },
  '@bufbuild/re2': { files: /^src\/model\/linear-regex\.ts$/ },
  msgpackr: { files: /^src\/base\/codec\.ts$/ },
  level: { files: /^src\/storage\/level\.ts$/ },
  nats: { files: /^src\/transport\/nats(-connect|-events)?\.ts$/ },
  chokidar: { files: /^src\/node\// },
  yaml: { files: /^(src|web)\//, filesMax: 2 },
  // The page has its types alone.
  zod: { files: /^(src\/(api|http|node|cli|sdk)|web\/src\/data)\// },
  hono: { files: /^src\/http\// },
  '@hono/node-server': { files: /^src\/http\// },
  dockerode: { files: /^src\/executor\/runners\/docker\// },
  '@kubernetes/client-node': { files: /^src\/executor\/runners\/kubernetes\/api\.ts$/ },
  commander: { files: /^src\/cli\// },
  esbuild: { files: /^src\/executor\/functions\// },
  pg: { files: /^src\/executor\/sql\/postgres\.ts$/ },
  mysql2: { files: /^src\/executor\/sql\/mysql\.ts$/ },
  'node-sqlite3-wasm': { files: /^src\/executor\/sql\/sqlite\.ts$/ },
  nodemailer: { files: /^src\/executor\/mail\/smtp\.ts$/ },
  s3mini: { files: /^src\/executor\/object-store\.ts$/ },
  undici: { files: /^src\/executor\/runners\/http-agent\.ts$/ },
  pino: { files: /^src\/node\// },
  'pino-pretty': { files: /^src\/node\// },
  'prom-client': { files: /^src\/node\// },
  ...pagePackages([
    ...['react', 'react-dom', 'vite', '@vitejs/plugin-react', 'virtual:endpoints'],
    ...['@mantine/core', '@mantine/hooks'],
    ...['@mantine/notifications', '@mantine/spotlight'],
    ...['@tanstack/react-query', '@tanstack/react-router', '@tanstack/react-virtual'],
    ...['@xyflow/react', 'anser'],
    ...['@codemirror/state', '@codemirror/view', '@codemirror/commands', '@codemirror/language'],
    ...['@codemirror/lang-yaml', '@codemirror/lang-json', '@codemirror/merge'],
    ...['@codemirror/autocomplete', '@codemirror/lint'],
  ]),
};

/**
 * The two programs of a node, and the packages that each loads when it starts. Memory that an idle
 * node takes is mostly modules: what only some tasks want comes with the first of them.
 */
export const packagesAtStart: Readonly<Record<string, readonly string[]>> = {
  'src/node/main.ts': [
    ...['msgpackr', 'nats', 'level', 'pino', 'prom-client', 'chokidar', 'yaml', 'zod'],
    ...['hono', '@hono/node-server', 'cron-parser', '@marcbachmann/cel-js', '@bufbuild/re2'],
  ],
  'src/node/executor-main.ts': ['msgpackr', 'nats', 'pino'],
};

/** What the page is made of (ADR 36); none of it is in a node. */
function pagePackages(names: readonly string[]): Readonly<Record<string, PackageRule>> {
  return Object.fromEntries(names.map((name) => [name, { files: /^web\// }]));
}

export const sizes = {
  functionLines: 70,
  /** Of a file with markup: a component is mostly the tree that it draws. */
  markupFunctionLines: 90,
  fileLines: 400,
  testFileLines: 800,
  columns: 100,
  /** Prose reads well in longer lines than code. */
  proseColumns: 120,
};

/** Files whose lines may be long: traces that a machine wrote, and the lock file. */
export const longLines = /\.txt$|(^|\/)package-lock\.json$/;

/** The only files outside of tests that may assert a type. */
export const assertingFiles: ReadonlySet<string> = new Set([
  'src/base/brand.ts',
  'src/base/codec.ts',
  'src/model/fact.ts',
  'src/model/state.ts',
  'web/src/data/wire.ts',
]);

/** Files in `src` that nobody imports because a process or a user starts there. */
export const entryPoints: readonly RegExp[] = [
  /^src\/cli\/main\.ts$/,
  // Started by their peer as a thread and as a process of its own.
  /^src\/executor\/file-thread\/main\.ts$/,
  /^src\/executor\/logs\/scan-main\.ts$/,
  // Started by the executor: a process of its own, and one for each SQL task.
  /^src\/executor\/masking\/masker-main\.ts$/,
  /^src\/executor\/sql\/sql-main\.ts$/,
  // Made into one file, for each function.
  /^src\/executor\/functions\/worker\.ts$/,
  /^src\/node\/dag-reader-main\.ts$/,
  /^src\/node\/executor-main\.ts$/,
  /^web\/vite\.config\.ts$/,
];

/** `server.ts`, `raft-log.crash.test.ts`, `01-hello.yaml`. Applies below the code folders. */
export const fileName = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$/;
export const folderName = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** The folders that hold code, as far as they exist. */
export const codeFolders: readonly string[] = [
  'src',
  'web',
  'cluster',
  'bench',
  'test',
  'examples',
  'scripts',
];

/** Never looked into. */
export const skippedFolders: ReadonlySet<string> = new Set([
  'node_modules',
  'dist',
  'coverage',
  '.git',
  '.skein',
  '.build',
]);

/** Words that mark a thing as not done; write down what is absent in the documents instead. */
export const unfinishedWords = /\b(TODO|FIXME|XXX|HACK)\b/;
