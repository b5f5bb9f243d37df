import { expect, test } from 'vitest';
import { complaints, tasksOf } from './testing/dag-texts.ts';

const two = (consumer: string, producer = 'artifacts: { model: out/model.bin }'): string => `
id: x
tasks:
  train: { type: shell, command: "true", ${producer} }
  use: { type: shell, command: "true", dependsOn: [train], ${consumer} }
`;

test('dag-file: what tasks leave and are given is part of their spec, with whole ids', () => {
  const tasks = tasksOf(`
  load:
    type: group
    tasks:
      train:
        { type: python, script: pass, artifacts: { model: out/model.bin, all: "out/" } }
      use:
        type: shell
        command: "true"
        dependsOn: train
        inputs: { data/model.bin: train:model, all: load.train:all }
  plain: { type: shell, command: "true" }
`);
  expect(tasks['load.train']!.artifacts).toEqual({ model: 'out/model.bin', all: 'out/' });
  expect(tasks['load.use']!.inputs).toEqual({
    'data/model.bin': { task: 'load.train', name: 'model' },
    all: { task: 'load.train', name: 'all' },
  });
  expect(tasks.plain).not.toHaveProperty('artifacts');
  expect(tasks.plain).not.toHaveProperty('inputs');
});

test.each([
  ['tran:model', 'there is no task "tran"; did you mean "train"?'],
  ['train:modle', 'task "train" leaves no artifact "modle"; did you mean "model"?'],
  ['train', 'write task:artifact, as in train:model'],
])('dag-file: an input from %s is refused at its place', (source, message) => {
  const [said, ...others] = complaints(two(`inputs: { data/m: "${source}" }`));
  expect(others).toEqual([]);
  expect(said).toContain('tasks.use.inputs');
  expect(said).toContain(message);
});

test('dag-file: an input comes from a task that has certainly ended', () => {
  const text = two('inputs: { m: train:model }').replace('dependsOn: [train], ', '');
  expect(complaints(text)).toEqual([
    expect.stringContaining('task "train" need not have ended before this one: add it to'),
  ]);
});

test.each([
  ['/etc/passwd', 'begins with a slash'],
  ['../up', 'has ".." in it'],
  ['a/../../up', 'has ".." in it'],
  ['./a', 'has "." in it'],
  ['a//b', 'has two slashes side by side'],
  ['a\\tb', 'has control characters in it'],
  ['', 'names nothing'],
  ['a'.repeat(600), 'is longer than 512 characters'],
])('dag-file: "%s" is no path below a working directory', (path, message) => {
  expect(complaints(two(`inputs: { "${path}": train:model }`))).toEqual([
    expect.stringContaining(message),
  ]);
  expect(complaints(two('priority: 1', `artifacts: { model: "${path}" }`))).toEqual([
    expect.stringContaining(message),
  ]);
});

test('dag-file: two inputs are not put in one place', () => {
  const inputs = (paths: string): readonly string[] => complaints(two(`inputs: { ${paths} }`));
  expect(inputs('a/b: train:model, a/c: train:model')).toEqual([]);
  expect(inputs('a: train:model, a/c: train:model')).toEqual([
    expect.stringContaining('the input "a" is put in the same place'),
  ]);
  expect(inputs('a: train:model, "a/": train:model')).toHaveLength(2);
});

test('dag-file: only tasks with a working directory of their own have artifacts', () => {
  expect(complaints(two('inputs: { a: train:model }, cwd: /data'))).toEqual([
    expect.stringContaining('it has no `cwd`'),
  ]);
  expect(complaints('id: x\ntasks: { a: { type: noop, artifacts: { a: b } } }\n')).toEqual([
    expect.stringContaining('unknown key "artifacts"'),
  ]);
  const many = Array.from({ length: 33 }, (_, at) => `a${at}: b${at}`).join(', ');
  expect(complaints(two('priority: 1', `artifacts: { ${many} }`))).toEqual([
    expect.stringContaining('at most 32 entries are allowed'),
  ]);
  expect(complaints(two('priority: 1', 'artifacts: { "a b": c }'))).toHaveLength(1);
});
