/** Each rule is shown to fail on a known-bad sample, and to let its good twin pass. */
import { describe, expect, it } from 'vitest';
import { checks } from './checks.ts';
import { treeOf } from './tree.ts';

type Sources = Readonly<Record<string, string>>;

function rulesBroken(sources: Sources, folders: readonly string[] = []): readonly string[] {
  const tree = treeOf(sources, folders);
  // A sample is no whole house: whether somebody needs it is asked in a test of its own.
  const all = Object.values(checks).flatMap((check) => [...check(tree)]);
  return all.filter(({ rule }) => rule !== 'dead files').map(({ rule }) => rule);
}

const pure = (source: string): Sources => ({ 'src/model/sample.ts': source });
const long = (lines: number): string => 'f();\n'.repeat(lines);
const header = '/** Its job. */\n';

const bad: readonly (readonly [string, string, Sources])[] = [
  [
    'an import from above',
    'floors',
    { 'src/base/a.ts': "import '../model/b.ts';", 'src/model/b.ts': '' },
  ],
  [
    'an import from a neighbour',
    'floors',
    { 'src/api/a.ts': "import '../storage/b.ts';", 'src/storage/b.ts': '' },
  ],
  [
    'the core importing its driver',
    'floors',
    { 'src/raft/a.ts': "import './driver.ts';", 'src/raft/driver.ts': '' },
  ],
  [
    'code importing a test',
    'floors',
    { 'src/api/a.ts': "export * from './a.test.ts';", 'src/api/a.test.ts': '' },
  ],
  ['a folder without a room', 'floors', { 'src/attic/a.ts': '' }],
  [
    'a circle',
    'cycles',
    { 'src/api/a.ts': "import './b.ts';", 'src/api/b.ts': "import type { A } from './a.ts';" },
  ],
  ['node: on a pure floor', 'packages', pure("import { join } from 'node:path';")],
  [
    'a package in the wrong place',
    'packages',
    { 'src/storage/queries.ts': "import { Level } from 'level';" },
  ],
  [
    'a package of some tasks at the start of the executor',
    'start',
    {
      'src/node/executor-main.ts': "import '../executor/runners/http-agent.ts';",
      'src/executor/runners/http-agent.ts': "import { Agent } from 'undici';",
    },
  ],
  ['an unknown package', 'packages', { 'src/node/a.ts': "import x from 'left-pad/x';" }],
  [
    'cron-parser in two files',
    'packages',
    { 'src/model/a.ts': "import 'cron-parser';", 'src/model/b.ts': "import 'cron-parser';" },
  ],
  ['Date.now', 'purity', pure('const a = Date.now();')],
  ['a bare new Date', 'purity', pure('const a = new Date();')],
  ['Math.random', 'purity', pure(`const a = \`\${Math.random()}\`;`)],
  ['a timer', 'purity', pure('setTimeout(f, 5);')],
  ['process', 'purity', pure('const a = process.env;')],
  ['Promise', 'purity', pure('let a: Promise<void>;')],
  ['async', 'purity', pure('export const a = async () => {};')],
  ['any', 'types', pure('let a: any;')],
  ['any in brackets', 'types', pure('let a: Map<string, any>;')],
  ['an enum', 'types', pure('enum A { B }')],
  ['a non-null assertion', 'types', pure('const a = b!.c;')],
  ['a non-null assertion at an index', 'types', pure('const a = b[0]!;')],
  ['a type assertion', 'types', pure('const a = b as C;')],
  ['a type assertion behind an export', 'types', pure('export const a = { b: 1 } as C;')],
  [
    'a type assertion of a call',
    'types',
    pure("import { x as y } from './y.ts';\nf(g() as { h: 1 });"),
  ],
  ['a note to do it later', 'unfinished', pure('// TODO: later')],
  ['a skipped test', 'unfinished', { 'src/model/a.test.ts': "it.skip('a', () => {});" }],
  ['a long function', 'sizes', pure(`function a(): void {\n${long(70)}}`)],
  ['a long method', 'sizes', pure(`${header}class A {\n#b(c: C): D<E, F> {\n${long(70)}}\n}`)],
  ['a long arrow function', 'sizes', pure(`const a = (b: B): C => {\n${long(70)}};`)],
  ['a long file', 'sizes', pure(long(401))],
  ['a long test file', 'sizes', { 'src/model/a.test.ts': long(801) }],
  ['a long line', 'columns', pure(`// ${'x'.repeat(98)}`)],
  ['a long line of prose', 'columns', { 'README.md': 'word '.repeat(25) }],
  ['a camel-case file', 'names', { 'src/model/taskRun.ts': '' }],
  ['a stateful class without a header', 'headers', pure('export class A {\n  #b = 1;\n}')],
];

const good: readonly (readonly [string, Sources])[] = [
  ['an import from below', { 'src/model/a.ts': "import '../base/b.ts';", 'src/base/b.ts': '' }],
  [
    'the driver importing the core',
    { 'src/raft/driver-io.ts': "import './a.ts';", 'src/raft/a.ts': '' },
  ],
  [
    'a test importing anything',
    { 'src/base/a.test.ts': "import '../node/b.ts';", 'src/node/b.ts': '' },
  ],
  [
    'a package that comes with the first task that wants it',
    {
      'src/node/executor-main.ts':
        "import type { Agent } from '../executor/runners/http-agent.ts';\n" +
        "const load = () => import('../executor/runners/http-agent.ts');",
      'src/executor/runners/http-agent.ts': "import { Agent } from 'undici';",
    },
  ],
  ['a package in its place', { 'src/storage/level.ts': "import { Level } from 'level';" }],
  [
    'forbidden words in strings, comments and templates',
    pure(`// Promise, any!\nf("Date.now()", \`await \${a} as B\`);`),
  ],
  ['forbidden words as names of members', pure('f(a.process, a.any, { process: 1 }); Promise_; ')],
  ['a date of a given time', pure('const a = new Date(b);')],
  [
    'as const and renames',
    pure("import { a as b } from './c.ts';\nexport { b as c };\nexport const d = [1] as const;"),
  ],
  ['a negation', pure('if (!a && b !== !c) f(!d);\nconst e = () => !g;')],
  ['a function of seventy lines', pure(`function a(): void {\n${long(68)}}`)],
  [
    'a long group of tests',
    { 'src/model/a.test.ts': `describe('a', () => {\n${"it('b', f);\n".repeat(100)}});` },
  ],
  ['a long row of a table', { 'README.md': `| ${'word '.repeat(30)}|` }],
  ['a golden trace', { 'test/raft/a.txt': 'x'.repeat(300) }],
  ['a stateful class with a header', pure(`${header}export class A {\n  #b = 1;\n}`)],
];

describe('tidy: known-bad samples', () => {
  it.each(bad)('%s breaks "%s" and nothing else', (_name, rule, sources) => {
    expect([...new Set(rulesBroken(sources))]).toEqual([rule]);
  });

  it('an empty folder and a capital folder', () => {
    const sources = { 'src/Model/a.txt': '' };
    expect(rulesBroken(sources, ['src/Model', 'src/api'])).toEqual(['names', 'empty folders']);
  });

  it('a file that only its own test imports is dead, entry points and named files are not', () => {
    const tree = treeOf({
      'src/api/a.ts': '',
      'src/api/a.test.ts': "import './a.ts';",
      'src/executor/helper.ts': '',
      'src/cli/main.ts': "new URL('../executor/helper.ts', import.meta.url);",
    });
    const dead = Object.values(checks).flatMap((check) => [...check(tree)]);
    expect(dead.map(({ file, rule }) => `${file} ${rule}`)).toEqual(['src/api/a.ts dead files']);
  });
});

describe('tidy: good samples', () => {
  it.each(good)('%s is fine', (_name, sources) => {
    expect(rulesBroken(sources)).toEqual([]);
  });
});
