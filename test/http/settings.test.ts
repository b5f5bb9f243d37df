/** The page of settings against the schema of a node's configuration, its flags and its sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { configSchema, readConfig } from '../../src/api/config.ts';
import { serverTextLimits } from '../../src/api/source-document.ts';
import { readYaml } from '../../src/api/yaml.ts';
import { ok } from '../../src/base/result.ts';
import { commandTree } from '../cli/kit.ts';
import { documentPaths, documentText, sectionOf, tableRows } from './guide-kit.ts';

const page = 'docs/guide/settings.md';
const yaml = (text: string): unknown => {
  const read = readYaml(text, serverTextLimits);
  return read.ok ? read.value.value : undefined;
};
const needed = { name: 'n1', nats: 'nats://127.0.0.1:4222', expect: 1, data: '/tmp/n1' };

const word = (cell = ''): string | undefined => /^`(.*)`$/.exec(cell)?.[1];

interface Row {
  readonly key: string;
  /** Undefined where there is none. */
  readonly default: string | undefined;
  readonly flag: string | undefined;
}

/** By key, of sections as `logs.keepDays`. */
function written(): readonly Row[] {
  const plain = ['The node', 'What it gives to tasks'].flatMap((heading) =>
    tableRows(sectionOf(page, heading)).map(([key, preset, flag]) => ({
      ...{ key: word(key) ?? '', default: word(preset), flag: word(flag) },
    })),
  );
  const sections = [...documentText(page).matchAll(/^## (`(\w+)`.*)$/gm)];
  return [
    ...plain,
    ...sections.flatMap(([, heading = '', section = '']) =>
      tableRows(sectionOf(page, heading)).map(([key, preset]) => ({
        ...{ key: `${section}.${word(key)}`, default: word(preset), flag: undefined },
      })),
    ),
  ];
}

const asJson = z.object({ properties: z.record(z.string(), z.unknown()) });

function keysOf(schema: unknown, before: string): readonly string[] {
  const read = asJson.safeParse(schema);
  if (!read.success) return [before];
  return Object.entries(read.data.properties).flatMap(([key, inner]) =>
    keysOf(inner, before === '' ? key : `${before}.${key}`),
  );
}

const valueAt = (value: unknown, key: string): unknown =>
  key
    .split('.')
    .reduce((inner, step) => z.record(z.string(), z.unknown()).parse(inner)[step], value);

const withKey = (key: string, value: unknown): object => {
  const [section = '', inner] = key.split('.');
  return { [section]: inner === undefined ? value : { [inner]: value } };
};

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === 0 ||
  JSON.stringify(value) === '[]' ||
  JSON.stringify(value) === '{}';

test('settings: the page has every key of a node, and no other', () => {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  expect(
    written()
      .map(({ key }) => key)
      .sort(),
  ).toEqual([...keysOf(schema, '')].sort());
});

test('settings: the defaults on the page are those of the schema', () => {
  const presets = configSchema.parse(needed);
  for (const { key, default: text } of written().filter(({ key }) => !Object.hasOwn(needed, key))) {
    if (text === undefined) {
      expect(isNothing(valueAt(presets, key)), `${key} has no default`).toBe(true);
      continue;
    }
    const said = configSchema.parse({ ...needed, ...withKey(key, yaml(text)) });
    expect([key, valueAt(said, key)]).toEqual([key, valueAt(presets, key)]);
  }
});

test('settings: each flag of a node stands beside its key', async () => {
  const tree = await commandTree();
  const node = tree.commands.find((command) => command.name() === 'node');
  const start = node?.commands.find((command) => command.name() === 'start');
  const flags = (start?.options ?? []).flatMap(({ long }) => (long === '--config' ? [] : [long]));
  const onPage = written().flatMap(({ flag }) => (flag === undefined ? [] : [flag]));
  expect(onPage.sort()).toEqual(flags.sort());
});

/** Files of these rooms read the environment of a node and of the command line. */
function* sources(): Generator<string> {
  for (const room of ['api', 'cli', 'node']) {
    const folder = new URL(`../../src/${room}/`, import.meta.url);
    for (const file of readdirSync(folder, { recursive: true })) {
      const name = String(file);
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      yield readFileSync(new URL(name, folder), 'utf8');
    }
  }
}

test('settings: what is read from the environment alone is on the page', () => {
  const text = documentText(page);
  const read = [...sources()].flatMap((source) =>
    [...source.matchAll(/\benv\.(SKEIN_\w+|NO_COLOR|FORCE_COLOR)|= '(SKEIN_\w+[A-Z])'/g)].map(
      ([, name, other]) => name ?? other ?? '',
    ),
  );
  expect(new Set(read).size).toBeGreaterThan(7);
  expect(read.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

/** Settings for a node: no definition of a DAG begins like that. */
function* settingBlocks(): Generator<{ readonly path: string; readonly text: string }> {
  for (const path of documentPaths()) {
    for (const [, text = ''] of documentText(path).matchAll(/^```yaml\n(.*?)^```$/gms)) {
      const keys = [...text.matchAll(/^(\w+):/gm)].map(([, key = '']) => key);
      const isNode = keys.every((key) => Object.hasOwn(configSchema.shape, key));
      if (isNode && !/^tasks:\n +\w+:(?: *#.*| *\{.*)?$/m.test(text)) yield { path, text };
    }
  }
}

test('settings: what the documents put into skein.yaml is taken', () => {
  const machine = {
    cpus: 64,
    memoryBytes: 2 ** 40,
    memoryBytesMax: 2 ** 40,
    freeDiskBytes: () => 1,
  };
  const blocks = [...settingBlocks()];
  const wrong = blocks.flatMap(({ path, text }) => {
    const file = { path, text };
    const env = { SKEIN_SECRET: 'a secret of the tests' };
    const readFile = () => ok('id secret');
    const read = readConfig({ flags: needed, env, file, machine, readFile });
    return read.ok ? [] : read.error.map(({ key, message }) => `${path}: ${key} ${message}`);
  });
  expect(wrong).toEqual([]);
  expect(blocks.length).toBeGreaterThan(5);
});
