import { describe, expect, it } from 'vitest';
import {
  addTask,
  connectTasks,
  deleteTasks,
  disconnectTasks,
  freeName,
  readText,
  renameTask,
  setTaskKey,
  textOfFile,
} from './dag-text.ts';
import { mergedLines } from './line-merge.ts';

const text = `# What this is for.
id: etl   # its name
description: "Loads  orders"

tasks:
  # Begins everything.
  extract: { type: shell,   command: "echo hi" } # fast
  load:
    type: shell
    dependsOn: [extract] # needs rows
    command: |
      echo one
      echo "two"   # of the script
  report:
    # at the end
    type:  noop
    dependsOn:
      - load
      - extract
`;

const linesOf = (value: string | undefined): readonly string[] => (value ?? '').split('\n');
/** Lines of the first that the second does not have. */
const lost = (before: string, after: string | undefined): readonly string[] =>
  linesOf(before).filter((line) => !linesOf(after).includes(line));

describe('edits of a text', () => {
  it('read: tasks, groups and what they depend on', () => {
    const read = readText('id: a\ntasks:\n  g: {type: group, tasks: {x: {type: noop}}}\n  y: {}\n');
    expect(read).toMatchObject({
      ok: true,
      model: { id: 'a', groups: [{ id: 'g' }], tasks: [{ id: 'g.x', group: 'g' }, { id: 'y' }] },
    });
    expect(readText('id: [').ok).toBe(false);
  });

  it('add: a task comes to the end, and every line that was there stays as it was', () => {
    const after = addTask(text, 'notify', { type: 'shell', command: 'true' });
    expect(lost(text, after)).toEqual([]);
    expect(linesOf(after).slice(-4)).toEqual([
      '  notify:',
      '    type: shell',
      '    command: "true"',
      '',
    ]);
  });

  it('add: a text without tasks gets its first one', () => {
    expect(addTask('id: a # mine\n', 'x', { type: 'noop' })).toBe(
      'id: a # mine\ntasks:\n  x:\n    type: noop\n',
    );
  });

  it('connect: a list in brackets grows where it stands, with its comment', () => {
    const withThird = addTask(text, 'clean', { type: 'noop' }) ?? '';
    const after = connectTasks(withThird, 'clean', 'load');
    expect(linesOf(after)).toContain('    dependsOn: [extract, clean] # needs rows');
    expect(lost(withThird, after)).toEqual(['    dependsOn: [extract] # needs rows']);
  });

  it('connect: a task that depends on nothing gets a list, and twice is once', () => {
    const after = connectTasks(addTask(text, 'last', { type: 'noop' }) ?? '', 'report', 'last');
    expect(linesOf(after)).toContain('    dependsOn: [report]');
    expect(connectTasks(after ?? '', 'report', 'last')).toBe(after);
  });

  it('disconnect: the last name takes the key with it', () => {
    const after = disconnectTasks(text, 'extract', 'load');
    expect(after).not.toContain('[extract]');
    expect(lost(text, after)).toEqual(['    dependsOn: [extract] # needs rows']);
  });

  it('rename: others go on depending on it, and comments stay', () => {
    const after = renameTask(text, 'extract', 'read_all');
    const read = readText(after ?? '');
    expect(read.ok && read.model.tasks.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
      ['read_all', []],
      ['load', ['read_all']],
      ['report', ['load', 'read_all']],
    ]);
    for (const comment of ['# Begins everything.', '# fast', '# needs rows', '# at the end']) {
      expect(after).toContain(comment);
    }
    expect(after).toContain('description: "Loads  orders"');
  });

  it('delete: nobody depends on it any more, and comments of the others stay', () => {
    const after = deleteTasks(text, ['load']);
    const read = readText(after ?? '');
    expect(read.ok && read.model.tasks.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
      ['extract', []],
      ['report', ['extract']],
    ]);
    for (const comment of ['# What this is for.', '# its name', '# fast', '# at the end']) {
      expect(after).toContain(comment);
    }
  });

  it('set: a value changes and its comment stays; a script of many lines stays one', () => {
    const place = { path: ['tasks', 'report'], key: 'type' };
    expect(lost(text, setTaskKey(text, place, 'shell'))).toEqual(['    type:  noop']);
    const script = setTaskKey(text, { path: ['tasks', 'load'], key: 'command' }, 'a\nb\n');
    expect(script).toContain('    command: |\n      a\n      b\n');
    const gone = setTaskKey(text, { path: ['tasks', 'load'], key: 'command' }, undefined);
    expect(gone).not.toContain('echo one');
    expect(gone).toContain('# at the end');
  });

  it('groups: siblings are called by their own names, others by their ids', () => {
    const grouped = `tasks:
  g:
    type: group
    tasks:
      a: { type: noop }
      b: { type: noop } # second
  out: { type: noop }
`;
    const once = connectTasks(grouped, 'g.a', 'g.b') ?? '';
    expect(once).toContain('b: { type: noop, dependsOn: [a] } # second');
    expect(connectTasks(once, 'g.b', 'out')).toContain('out: { type: noop, dependsOn: [g.b] }');
  });

  it('a text that cannot be read is not edited', () => {
    expect(addTask('a: [', 'x', {})).toBeUndefined();
    expect(connectTasks('a: [', 'x', 'y')).toBeUndefined();
  });

  it('free names: the first number that nobody has', () => {
    const read = readText('tasks: { shell_1: {}, shell_2: {} }');
    expect(read.ok && freeName(read.model, 'shell')).toBe('shell_3');
  });

  it('a definition without a text gets one, with scripts as blocks', () => {
    expect(textOfFile({ id: 'a', tasks: { b: { command: 'x\ny\n' } } })).toBe(
      'id: a\ntasks:\n  b:\n    command: |\n      x\n      y\n',
    );
  });
});

describe('merged lines', () => {
  it('two edits far from each other leave what is between them alone', () => {
    expect(mergedLines('A\n b \nc\n d\ne\n', 'A\nb\nc\nd\ne\n', 'X\nb\nc\nd\nY\n')).toBe(
      'X\n b \nc\n d\nY\n',
    );
  });

  it('where the writer makes other lines of the same, its text is taken', () => {
    expect(mergedLines('a: {b: 1}\n', 'a:\n  b: 1\n', 'a:\n  b: 2\n')).toBe('a:\n  b: 2\n');
  });
});
