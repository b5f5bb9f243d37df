/** Completion and words about keys, from the schema of DAG files. */
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { type EditorView, hoverTooltip, type Tooltip } from '@codemirror/view';
import { trusted } from '../../data/wire.ts';
import { DagSchema, type Schema } from './schema-lookup.ts';
import { placeAt } from './yaml-place.ts';

let loaded: Promise<DagSchema> | undefined;

/** 400 KB of text, for those who write. */
function loadSchema(): Promise<DagSchema> {
  loaded ??= import('../../../../docs/schema/dag.json?raw').then(
    ({ default: text }) => new DagSchema(trusted<Schema>(JSON.parse(text))),
  );
  return loaded;
}

/** Names of tasks, for `dependsOn` and its like. */
export type TaskNames = () => readonly string[];

const namesTasks: ReadonlySet<string> = new Set(['dependsOn', 'then', 'else', 'near', 'apart']);

async function complete(
  context: CompletionContext,
  names: TaskNames,
): Promise<CompletionResult | null> {
  const { path, kind, typed, type } = placeAt(context.state.doc.toString(), context.pos);
  if (!context.explicit && typed === '' && kind === 'key') return null;
  const schema = await loadSchema();
  const from = context.pos - typed.length;
  if (kind === 'key') {
    const options = schema.keysAt(path, type).map(({ name, about, isRequired, isBlock }) => ({
      label: name,
      apply: isBlock ? `${name}:` : `${name}: `,
      info: about,
      boost: isRequired ? 2 : 0,
      type: 'property',
    }));
    return options.length === 0 ? null : { from, options, validFor: /^[\w-]*$/ };
  }
  const key = path.filter((step) => step !== '[]').at(-1) ?? '';
  const options = namesTasks.has(key)
    ? names().map((label) => ({ label, type: 'variable' }))
    : schema.valuesAt(path, type).map(({ text, about }) => ({
        ...{ label: text, info: about, type: 'enum' },
      }));
  return options.length === 0 ? null : { from, options, validFor: /^[\w.-]*$/ };
}

async function about(view: EditorView, at: number): Promise<Tooltip | null> {
  const line = view.state.doc.lineAt(at);
  const match = /^[\s-]*([\w-]+):/.exec(line.text);
  const name = match?.[1];
  if (match === null || name === undefined) return null;
  const start = line.from + match[0].length - name.length - 1;
  if (at < start || at > start + name.length) return null;
  const { path, type } = placeAt(view.state.doc.toString(), line.from + match[0].length);
  const text = (await loadSchema()).aboutKey(path, type);
  if (text === '') return null;
  const create = () => {
    const dom = document.createElement('div');
    dom.className = 'skein-y-about';
    dom.textContent = `${name}: ${text}`;
    return { dom };
  };
  return { pos: start, end: start + name.length, above: true, create };
}

export const help = (names: TaskNames): Extension => [
  autocompletion({ override: [(context) => complete(context, names)], icons: false }),
  hoverTooltip(about, { hoverTime: 350 }),
];
