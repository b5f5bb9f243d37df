/**
 * The text of a DAG is the one model of the editor: what the canvas and the form show is read from
 * it, and what they change is changed in it. An edit goes through the document of the `yaml`
 * package, and then only the lines that differ are taken over, so that everything else stays as it
 * was written.
 */
import {
  Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { mergedLines } from './line-merge.ts';

export type TaskPath = readonly string[];

export interface TextTask {
  /** With its groups: `load.inner`. */
  readonly id: string;
  /** Keys from the root of the file: `['tasks', 'load', 'tasks', 'inner']`. */
  readonly path: TaskPath;
  readonly group: string | null;
  readonly type: string;
  /** As they stand there, names not looked up. */
  readonly dependsOn: readonly string[];
  readonly value: Readonly<Record<string, unknown>>;
}

export interface TextModel {
  readonly id: string | null;
  readonly namespace: string | null;
  readonly description: string;
  readonly tasks: readonly TextTask[];
  readonly groups: readonly TextTask[];
}

export type ReadText =
  | { readonly ok: true; readonly model: TextModel }
  | {
      readonly ok: false;
      readonly message: string;
      readonly line: number;
      readonly column: number;
    };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Aliases of one document; more of them are somebody's joke. */
const aliasesMax = 200;

export function readText(text: string): ReadText {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const { line = 1, col = 1 } = error.linePos?.[0] ?? {};
    return { ok: false, message: plainly(error.message), line, column: col };
  }
  const root = dataOf(document);
  const tasks: TextTask[] = [];
  const groups: TextTask[] = [];
  if (isRecord(root)) collect(root.tasks, { path: ['tasks'], group: null }, { tasks, groups });
  const word = (key: string): string | null => {
    const value = isRecord(root) ? root[key] : undefined;
    return typeof value === 'string' ? value : null;
  };
  return {
    ok: true,
    model: {
      ...{ id: word('id'), namespace: word('namespace'), description: word('description') ?? '' },
      ...{ tasks, groups },
    },
  };
}

/** Where it is, is told beside it. */
const plainly = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');

function dataOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasesMax });
  } catch {
    return undefined;
  }
}

interface Frame {
  readonly path: TaskPath;
  readonly group: string | null;
}

function collect(
  value: unknown,
  { path, group }: Frame,
  found: { readonly tasks: TextTask[]; readonly groups: TextTask[] },
): void {
  if (!isRecord(value)) return;
  for (const [name, task] of Object.entries(value)) {
    const said = isRecord(task) ? task : {};
    const id = group === null ? name : `${group}.${name}`;
    const type = typeof said.type === 'string' ? said.type : '';
    const read = { id, path: [...path, name], group, type, value: said };
    const dependsOn = [said.dependsOn].flat().filter((it) => typeof it === 'string');
    if (type === 'group') {
      found.groups.push({ ...read, dependsOn });
      collect(said.tasks, { path: [...path, name, 'tasks'], group: id }, found);
    } else found.tasks.push({ ...read, dependsOn });
  }
}

/** A file as text, for a DAG that has no text of its own yet. */
export function textOfFile(file: unknown): string {
  const document = new Document(file, { aliasDuplicateObjects: false });
  visit(document, {
    Seq: (_, list) => {
      if (isShort(list)) list.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Lists of names stand on one line. */
const isShort = (list: YAMLSeq): boolean =>
  list.items.every((item) => isScalar(item)) && String(list).length <= listMax;

const listMax = 72;

/** Comments, order and everything that is not changed stay. Undefined: the text cannot be read. */
export function editText(text: string, change: (document: Document) => void): string | undefined {
  const before = parseDocument(text);
  const after = parseDocument(text);
  if (before.errors.length > 0) return undefined;
  change(after);
  return mergedLines(text, written(before), written(after));
}

const written = (document: Document): string =>
  document
    .toString({ lineWidth: 0 })
    .replace(/^(\s*(?:\S.*\s)?dependsOn: )\[ ?(.*?) ?\]/gm, '$1[$2]');

const uncommon = /[^A-Za-z0-9_-]/g;

/** A name that no task at this level has: `task-3`. */
export function freeName(model: TextModel, stem: string): string {
  const taken = new Set([...model.tasks, ...model.groups].map(({ id }) => id));
  const name = stem.replace(uncommon, '_');
  for (let number = 1; ; number += 1) {
    if (!taken.has(`${name}_${number}`)) return `${name}_${number}`;
  }
}

export function addTask(text: string, name: string, value: object): string | undefined {
  return editText(text, (document) => {
    const tasks = document.get('tasks');
    const node = document.createNode(value);
    if (isMap(tasks)) {
      tasks.flow = false;
      tasks.set(name, node);
    } else document.set('tasks', document.createNode({ [name]: value }));
  });
}

/** Sets one key of a task, or takes it out (undefined). */
export function setTaskKey(
  text: string,
  { path, key }: { readonly path: TaskPath; readonly key: string },
  value: unknown,
): string | undefined {
  return editText(text, (document) => {
    const task = document.getIn(path, true);
    if (!isMap(task)) document.setIn(path, document.createNode({ [key]: value }));
    else if (value === undefined) task.delete(key);
    else setKept(document, task, key, value);
  });
}

/** A scalar keeps its comment and the way in which it is quoted where only its value changes. */
function setKept(document: Document, task: YAMLMap, key: string, value: unknown): void {
  const old = task.get(key, true);
  const isPlain = typeof value !== 'object' || value === null;
  if (isScalar(old) && isPlain) {
    const wasText = typeof old.value === 'string';
    old.value = value;
    if (!wasText || typeof value !== 'string' || value.includes('\n')) delete old.type;
    return;
  }
  const node = document.createNode(value);
  if (isSeq(node) && node.items.every((item) => isScalar(item))) node.flow = true;
  if (isCollection(old) && isCollection(node)) {
    node.flow = old.flow === true || node.flow === true;
    if (old.comment !== undefined) node.comment = old.comment;
  }
  task.set(key, node);
}

export function connectTasks(text: string, from: string, to: string): string | undefined {
  const read = readText(text);
  if (!read.ok) return undefined;
  const target = read.model.tasks.find(({ id }) => id === to);
  if (target === undefined || from === to) return undefined;
  const name = nameFrom(from, target.group);
  if (target.dependsOn.some((it) => meaning(read.model, it, target.group) === from)) return text;
  const place = { path: target.path, key: 'dependsOn' };
  return setTaskKey(text, place, [...target.dependsOn, name]);
}

export function disconnectTasks(text: string, from: string, to: string): string | undefined {
  const read = readText(text);
  if (!read.ok) return undefined;
  const target = read.model.tasks.find(({ id }) => id === to);
  if (target === undefined) return undefined;
  const { model } = read;
  const rest = target.dependsOn.filter((it) => meaning(model, it, target.group) !== from);
  const place = { path: target.path, key: 'dependsOn' };
  return setTaskKey(text, place, rest.length === 0 ? undefined : rest);
}

/** With it goes every word of others that they depend on it. */
export function deleteTasks(text: string, ids: readonly string[]): string | undefined {
  const read = readText(text);
  if (!read.ok) return undefined;
  const { model } = read;
  const gone = model.tasks.filter(({ id }) => ids.includes(id));
  return editText(text, (document) => {
    for (const task of [...model.tasks, ...model.groups]) {
      const rest = task.dependsOn.filter(
        (it) => !ids.includes(meaning(model, it, task.group) ?? ''),
      );
      if (rest.length === task.dependsOn.length) continue;
      const node = document.getIn(task.path, true);
      if (!isMap(node)) continue;
      if (rest.length === 0) node.delete('dependsOn');
      else setKept(document, node, 'dependsOn', rest);
    }
    for (const { path } of gone) document.deleteIn(path);
  });
}

/** Its place, its comments and what others say of it stay. */
export function renameTask(text: string, id: string, name: string): string | undefined {
  const read = readText(text);
  if (!read.ok) return undefined;
  const { model } = read;
  const task = model.tasks.find((it) => it.id === id);
  if (task === undefined) return undefined;
  const renamed = task.group === null ? name : `${task.group}.${name}`;
  return editText(text, (document) => {
    const around = document.getIn(task.path.slice(0, -1), true);
    if (!isMap(around)) return;
    const own = task.path.at(-1);
    for (const pair of around.items) {
      if (isPair(pair) && isScalar(pair.key) && pair.key.value === own) pair.key.value = name;
    }
    for (const other of [...model.tasks, ...model.groups]) {
      const names = other.dependsOn.map((it) =>
        meaning(model, it, other.group) === id ? nameFrom(renamed, other.group) : it,
      );
      if (names.join('\n') === other.dependsOn.join('\n')) continue;
      const path = other.id === id ? [...task.path.slice(0, -1), name] : other.path;
      const node = document.getIn(path, true);
      if (isMap(node)) setKept(document, node, 'dependsOn', names);
    }
  });
}

/** Siblings are called by their own names. */
const nameFrom = (id: string, group: string | null): string =>
  group !== null && id.startsWith(`${group}.`) ? id.slice(group.length + 1) : id;

/** The task or group that a name means inside of a group: siblings first, then further out. */
export function meaning(model: TextModel, name: string, group: string | null): string | undefined {
  const known = (id: string): boolean =>
    model.tasks.some((it) => it.id === id) || model.groups.some((it) => it.id === id);
  for (let scope = group; scope !== null; ) {
    if (known(`${scope}.${name}`)) return `${scope}.${name}`;
    const at = scope.lastIndexOf('.');
    scope = at < 0 ? null : scope.slice(0, at);
  }
  return known(name) ? name : undefined;
}
