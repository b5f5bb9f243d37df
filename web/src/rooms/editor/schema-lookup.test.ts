import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DagSchema } from './schema-lookup.ts';
import { placeAt } from './yaml-place.ts';

const file = new URL('../../../../docs/schema/dag.json', import.meta.url);
const schema = new DagSchema(JSON.parse(readFileSync(file, 'utf8')));

/** `|` is the cursor. */
function place(text: string) {
  const offset = text.indexOf('|');
  return placeAt(text.replace('|', ''), offset);
}

describe('places in a text', () => {
  it('keys at the root, and values behind a key', () => {
    expect(place('id: a\nsch|')).toMatchObject({ path: [], kind: 'key', typed: 'sch' });
    expect(place('overlap: sk|')).toMatchObject({ path: ['overlap'], kind: 'value', typed: 'sk' });
  });

  it('keys of a task know its type, which may stand above or below', () => {
    const text = 'tasks:\n  a:\n    type: shell\n    com|\n  b: {}\n';
    expect(place(text)).toMatchObject({ path: ['tasks', 'a'], kind: 'key', type: 'shell' });
    expect(place('tasks:\n  a:\n    com|\n    type: sql\n').type).toBe('sql');
    expect(place('tasks:\n  b:\n    type: sql\n  a:\n    com|\n').type).toBeNull();
  });

  it('items of lists, and maps in braces', () => {
    expect(place('triggers:\n  - sub|')).toMatchObject({ path: ['triggers', '[]'], kind: 'key' });
    expect(place('triggers:\n  - name: x\n    sub|')).toMatchObject({ path: ['triggers', '[]'] });
    expect(place('tasks:\n  a: { type: shell, ret|')).toMatchObject({
      ...{ path: ['tasks', 'a'], kind: 'key', typed: 'ret', type: 'shell' },
    });
    expect(place('tasks:\n  a: { triggerRule: all|')).toMatchObject({
      ...{ path: ['tasks', 'a', 'triggerRule'], kind: 'value' },
    });
  });
});

describe('what the schema says', () => {
  it('keys of a task are those of its type', () => {
    const keys = schema.keysAt(['tasks', 'a'], 'shell').map(({ name }) => name);
    expect(keys).toContain('command');
    expect(keys).not.toContain('statements');
    expect(schema.keysAt(['tasks', 'a'], 'sql').map(({ name }) => name)).toContain('connection');
  });

  it('types, choices and truths are values', () => {
    const texts = (path: readonly string[], type: string | null = null) =>
      schema.valuesAt(path, type).map(({ text }) => text);
    expect(texts(['tasks', 'a', 'type'])).toEqual(expect.arrayContaining(['shell', 'group']));
    expect(texts(['tasks', 'a', 'type'], 'shell')).toContain('sql');
    expect(texts(['tasks', 'a', 'triggerRule'], 'shell')).toContain('all_done');
    expect(texts(['overlap'])).toContain('skip');
  });

  it('tasks in groups are tasks', () => {
    const path = ['tasks', 'g', 'tasks', 'a'];
    expect(schema.keysAt(path, 'shell').map(({ name }) => name)).toContain('command');
  });

  it('a key is told in a sentence', () => {
    expect(schema.aboutKey(['tasks', 'a', 'dependsOn'], 'shell')).toContain('Tasks or groups');
    expect(schema.aboutKey(['nothing'], null)).toBe('');
  });
});
