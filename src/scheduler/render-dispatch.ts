/**
 * What an attempt is given: the texts of its task, rendered, and the outputs that it may read. A
 * function of committed rows, so that a dispatch which is sent again says the same; only variables
 * and connections may have been changed in between, and then the attempt, which has not begun,
 * takes the new ones.
 */
import { unreachable } from '../base/assert.ts';
import type { TaskId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { roughSize } from '../base/rough-size.ts';
import type { ArtifactInput, ArtifactObject } from '../model/artifact.ts';
import type { HttpAction, HttpAuth, PythonAction } from '../model/code-action.ts';
import type { DockerAction, KubernetesAction } from '../model/container-action.ts';
import type { TaskAction, TaskSpec, WorkAction } from '../model/dag.ts';
import { isJsonList, isJsonObject, type Json } from '../model/json.ts';
import { mapKey, taskKey } from '../model/keys.ts';
import { largeUpstreamBytesMax } from '../model/output.ts';
import type { LiveRun } from '../model/readonly-state.ts';
import type { Scope } from '../model/scope.ts';
import { isTemplate, render, renderValue, type TemplatePlace } from '../model/template.ts';
import { givenInputs, largeOutputAt } from './given-inputs.ts';
import { itemAt } from './live-values.ts';
import type { Plan } from './plan.ts';
import { renderEmail, renderNotify } from './render-messages.ts';
import { renderSql } from './render-sql.ts';
import { RowsMemo } from './rows-memo.ts';
import { type Place, type ScopeSource, scopeOf } from './scope-of.ts';

/** The texts of a task as an executor gets them, and the artifacts that it is given. */
export interface Rendered {
  readonly action: WorkAction;
  readonly env: Readonly<Record<string, string>>;
  readonly inputs?: readonly ArtifactInput[];
}

/** The error is a sentence that names the field. */
export function renderTask(
  source: ScopeSource,
  live: LiveRun,
  { spec, at }: { readonly spec: TaskSpec; readonly at: Place },
): Result<Rendered, string> {
  const { templates = false } = source.board.planOf(live.run).spec;
  const texts = new Texts(templates ? () => scopeOf(source, live, at) : undefined);
  const action = renderAction(spec.action, texts);
  const env = texts.each('env', spec.env);
  if (texts.error !== undefined) return fail(texts.error);
  if (spec.inputs === undefined) return ok({ action, env });
  const inputs = givenInputs(source, live, { inputs: spec.inputs, at });
  return inputs.ok ? ok({ action, env, inputs: inputs.value }) : inputs;
}

function renderAction(action: TaskAction, texts: Texts): WorkAction {
  switch (action.kind) {
    case 'noop':
      return action;
    case 'shell':
      return { kind: 'shell', command: texts.one('command', action.command, 'shell') };
    case 'script': {
      const file = action.file === null ? null : texts.one('file', action.file);
      return { ...action, file, args: texts.list('args', action.args) };
    }
    case 'python':
      return renderPython(action, texts);
    case 'function': {
      const file = action.file === null ? null : texts.one('file', action.file);
      return { ...action, file, input: texts.value('input', action.input) };
    }
    case 'http':
      return renderHttp(action, texts);
    case 'docker':
      return renderDocker(action, texts);
    case 'kubernetes':
      return renderKubernetes(action, texts);
    case 'sql':
      return renderSql(action, texts);
    case 'email':
      return renderEmail(action, texts);
    case 'notify':
      return renderNotify(action, texts);
    case 'file':
      return { kind: 'file', path: texts.one('path', action.path) };
    case 'branch':
    case 'wait':
    case 'approval':
    case 'subdag':
    case 'await':
      texts.error ??= `a task of type ${action.kind} does not run on a node`;
      return { kind: 'noop' };
    default:
      return unreachable(action);
  }
}

function renderPython(action: PythonAction, texts: Texts): PythonAction {
  const { callable } = action;
  return {
    kind: action.kind,
    code: action.code === null ? null : texts.one('code', action.code, 'code'),
    file: action.file === null ? null : texts.one('file', action.file),
    args: texts.list('args', action.args),
    ...(callable && {
      callable: {
        name: callable.name,
        args: callable.args.map((value, at) => texts.value(`args[${at}]`, value)),
        kwargs: Object.fromEntries(
          Object.entries(callable.kwargs).map(([name, value]) => [
            name,
            texts.value(`kwargs.${name}`, value),
          ]),
        ),
      },
    }),
  };
}

function renderHttp(action: HttpAction, texts: Texts): HttpAction {
  return {
    ...action,
    url: texts.one('url', action.url),
    headers: texts.each('headers', action.headers),
    body: action.body === null ? null : texts.one('body', action.body),
    ...(action.auth && { auth: renderAuth(action.auth, texts) }),
  };
}

function renderDocker(action: DockerAction, texts: Texts): DockerAction {
  const { mounts, network, user, workdir } = action;
  return {
    ...action,
    image: texts.one('image', action.image),
    command: texts.listOrNull('command', action.command),
    entrypoint: texts.listOrNull('entrypoint', action.entrypoint),
    mounts: mounts.map((mount, at) => ({
      ...mount,
      source: texts.one(`mounts[${at}].source`, mount.source),
      target: texts.one(`mounts[${at}].target`, mount.target),
    })),
    network: network === null ? null : texts.one('network', network),
    user: user === null ? null : texts.one('user', user),
    workdir: workdir === null ? null : texts.one('workdir', workdir),
  };
}

function renderKubernetes(action: KubernetesAction, texts: Texts): KubernetesAction {
  const { image, pod } = action;
  const rendered = pod === null ? null : texts.value('pod', pod);
  return {
    ...action,
    image: image === null ? null : texts.one('image', image),
    command: texts.listOrNull('command', action.command),
    args: texts.listOrNull('args', action.args),
    pod: rendered !== null && isJsonObject(rendered) ? rendered : null,
  };
}

function renderAuth(auth: HttpAuth, texts: Texts): HttpAuth {
  if (auth.kind === 'connection') return auth;
  if (auth.kind === 'bearer') {
    return { kind: 'bearer', token: texts.one('auth.bearer', auth.token) };
  }
  return {
    kind: 'basic',
    user: texts.one('auth.basic.user', auth.user),
    password: texts.one('auth.basic.password', auth.password),
  };
}

/** All that is rendered for one attempt, in characters: each text alone may have many. */
export const renderedCharactersMax = 2 * 1024 * 1024;

/** Renders one text after the other, and keeps the first thing that went wrong. */
class Texts {
  error: string | undefined;
  #characters = 0;
  readonly #makeScope: (() => Scope) | undefined;
  #scope: Scope | undefined;

  /** Most tasks have no template, and need no scope. Without one, texts are taken as they are. */
  constructor(makeScope: (() => Scope) | undefined) {
    this.#makeScope = makeScope;
  }

  one(field: string, template: string, place: TemplatePlace = 'text'): string {
    if (this.#makeScope === undefined || !isTemplate(template)) return template;
    this.#scope ??= this.#makeScope();
    const text = render(template, this.#scope, place);
    if (text.ok) return this.#counted(field, text.value) ? text.value : '';
    this.error ??= `its ${field} cannot be rendered: ${text.error}`;
    return '';
  }

  /** JSON with texts in it; one that is a single `{{ }}` keeps its value's type. */
  value(field: string, value: Json): Json {
    if (this.#makeScope === undefined || !isTemplate(JSON.stringify(value))) return value;
    this.#scope ??= this.#makeScope();
    const rendered = renderedValue(value, this.#scope);
    if (rendered.ok) return this.#counted(field, rendered.value) ? rendered.value : null;
    this.error ??= `its ${field} cannot be rendered: ${rendered.error}`;
    return null;
  }

  #counted(field: string, rendered: Json): boolean {
    this.#characters += roughSize(rendered);
    if (this.#characters <= renderedCharactersMax) return true;
    this.error ??=
      `its ${field} cannot be rendered: with the texts before it, it would have more than` +
      ` ${renderedCharactersMax} characters`;
    return false;
  }

  listOrNull(field: string, templates: readonly string[] | null): readonly string[] | null {
    return templates === null ? null : this.list(field, templates);
  }

  list(field: string, templates: readonly string[]): readonly string[] {
    return templates.map((template, index) => this.one(`${field}[${index}]`, template));
  }

  each(field: string, templates: Readonly<Record<string, string>>): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const [name, template] of Object.entries(templates)) {
      texts[name] = this.one(`${field}.${name}`, template);
    }
    return texts;
  }
}

/** All outputs that one attempt is given, in characters of JSON text. */
export const upstreamCharactersMax = 1024 * 1024;

export interface Upstream {
  readonly outputs: Readonly<Record<string, string>>;
  /** Tasks whose outputs do not fit. */
  readonly omitted: readonly TaskId[];
  /** Of `outputs`, those that only say what they are. */
  readonly objects: Readonly<Record<string, ArtifactObject>>;
}

/**
 * The outputs of the tasks directly upstream: of a mapped one, seen from outside its map, the list
 * in the order of items. What does not fit is left out and named, so that a task which does not
 * need it runs all the same, and one that does can ask the API for it. Text stays as it was
 * written: parsing would round numbers.
 */
export function upstreamOf(source: ScopeSource, live: LiveRun, at: Place): Upstream {
  const plan = source.board.planOf(live.run);
  const item = itemAt(plan.spec, live, at);
  const outputs: Record<string, string> = {};
  const omitted: TaskId[] = [];
  const objects: Record<string, ArtifactObject> = {};
  let left = largeUpstreamBytesMax;
  let characters = 0;
  for (const parent of parentsOf(plan, at.taskId)) {
    const mapId = plan.spec.tasks[parent]?.map;
    const isOne = mapId === undefined || mapId === item?.mapId;
    const place = { taskId: parent, mapIndex: mapId === undefined ? 0 : (item?.index ?? 0) };
    const json = isOne ? jsonAt(live, place) : listOf(source, live, { taskId: parent, mapId });
    if (json === null) continue;
    const large = isOne ? largeOutputAt(live, place) : undefined;
    if (characters + json.length > upstreamCharactersMax || (large?.bytes ?? 0) > left) {
      omitted.push(parent);
      continue;
    }
    if (large !== undefined) {
      objects[parent] = large;
      left -= large.bytes;
    }
    characters += json.length;
    outputs[parent] = json;
  }
  return { outputs, omitted, objects };
}

/** A hook or a compensation is given the output of the task that it was called for. */
function parentsOf({ spec, graph }: Plan, id: TaskId): readonly TaskId[] {
  const role = spec.tasks[id]?.role;
  if (role?.kind !== 'hook' && role?.kind !== 'compensation') return graph.parents.get(id) ?? [];
  return role.of === null ? [] : [role.of];
}

/** The outputs of all instances; null before the map's lists are known. */
function listOf(
  source: ScopeSource,
  live: LiveRun,
  { taskId, mapId }: { readonly taskId: TaskId; readonly mapId: string },
): string | null {
  const { run } = live;
  const size = live.expansions.get(mapKey(run.namespace, run.runId, mapId))?.size;
  if (size === undefined) return null;
  return lists.get(source.applied, { run, taskId }, () => {
    const parts: string[] = [];
    // A list that is too long is left out, so its end does not matter.
    for (let left = upstreamCharactersMax; parts.length < size && left >= 0; ) {
      const json = jsonAt(live, { taskId, mapIndex: parts.length }) ?? 'null';
      parts.push(json);
      left -= json.length + 1;
    }
    return `[${parts.join(',')}]`;
  });
}

const lists = new RowsMemo<string>();

const jsonAt = ({ run, outputs }: LiveRun, { taskId, mapIndex }: Place): string | null =>
  outputs.get(taskKey(run.namespace, run.runId, taskId, mapIndex))?.json ?? null;

/** One text that no interpreter reads. */
export const renderedText = (template: string, scope: Scope): Result<string, string> =>
  render(template, scope, 'text');

/** Every text in a value may be a template; one that is a single `{{ }}` keeps its value's type. */
export function renderedValue(value: Json, scope: Scope): Result<Json, string> {
  if (typeof value === 'string') return renderValue(value, scope);
  if (isJsonList(value)) {
    const list: Json[] = [];
    for (const element of value) {
      const rendered = renderedValue(element, scope);
      if (!rendered.ok) return rendered;
      list.push(rendered.value);
    }
    return ok(list);
  }
  if (!isJsonObject(value)) return ok(value);
  const object: Record<string, Json> = {};
  for (const [name, element] of Object.entries(value)) {
    const rendered = renderedValue(element, scope);
    if (!rendered.ok) return rendered;
    object[name] = rendered.value;
  }
  return ok(object);
}
