/** All expressions and templates of a DAG file, each with its place and with what it may name. */
import type { TemplatePlace } from '../model/template.ts';
import type { DagFileHook } from './dag-file-hooks.ts';
import type { DagFileInlineTask } from './dag-file-inline.ts';
import { listText } from './dag-file-normalise.ts';
import type { DagFile } from './dag-file-schema.ts';
import type { DagFileLeaf } from './dag-file-tasks.ts';
import { type Visit, visits } from './dag-file-walk.ts';
import type { Path } from './source-document.ts';

/**
 * Who asks: a task when it could start, a task that has just ended a round, a map whose lists are
 * wanted, something that is told of a task or a run that has ended, or an event. A task with an
 * `output` has just ended, or ended a round.
 */
export type Asker = 'task' | 'output' | 'map' | 'hook' | 'event';

export interface FileText {
  readonly path: Path;
  readonly text: string;
  /** An expression, or a template and where its values go. */
  readonly as: 'expression' | TemplatePlace;
  readonly asker: Asker;
}

/** The texts of one task or group, by their paths in it. */
export interface TaskTexts {
  readonly visit: Visit;
  readonly texts: readonly FileText[];
}

export function* textsOfTasks(file: DagFile): Iterable<TaskTexts> {
  for (const visit of visits(file)) {
    const found = new Finder(visit.path, 'task');
    const { task } = visit;
    found.forEach(task.forEach);
    if (task.type === 'group') {
      found.condition(task.condition);
      if (task.defaults !== undefined) found.at('defaults').behaviour(task.defaults);
    } else found.task(task);
    yield { visit, texts: found.texts };
  }
}

/** Those that belong to no task: callbacks of the run, `defaults`, triggers. */
export function textsOfFile(file: DagFile): readonly FileText[] {
  const found = new Finder([], 'hook');
  found.hooks(file);
  if (file.defaults !== undefined) found.for('task').at('defaults').behaviour(file.defaults);
  for (const [place, trigger] of (file.triggers ?? []).entries()) {
    const inside = found.for('event').at('triggers', place);
    inside.source(trigger);
    inside.values('params', trigger.params);
    for (const key of ['all', 'any'] as const) {
      for (const [nth, source] of (trigger[key] ?? []).entries())
        inside.at(key, nth).source(source);
    }
  }
  return found.texts;
}

type Texts = Readonly<Record<string, string>>;
type Behaviour = Pick<
  Visit['defaults'],
  'env' | 'concurrency' | 'rateLimit' | 'onSuccess' | 'onFailure' | 'onRetry' | 'onSlaMiss'
>;
type Hooks = Pick<DagFile, 'onSuccess' | 'onFailure' | 'onExit' | 'onSlaMiss'> &
  Pick<Behaviour, 'onRetry'>;
const hookKeys = ['onSuccess', 'onFailure', 'onRetry', 'onSlaMiss', 'onExit'] as const;

interface Source {
  readonly filter?: string | undefined;
  readonly webhook?: { readonly filter?: string | undefined } | undefined;
}

type SqlTask = Extract<DagFileInlineTask, { readonly type: 'sql' }>;
type SqlTexts = Exclude<SqlTask['sql'], string>;

/** Walks over parts of a file. All finders of one file fill the same list. */
class Finder {
  readonly texts: FileText[];
  readonly #path: Path;
  readonly #asker: Asker;

  constructor(path: Path, asker: Asker, texts: FileText[] = []) {
    this.#path = path;
    this.#asker = asker;
    this.texts = texts;
  }

  at(...steps: Path): Finder {
    return new Finder([...this.#path, ...steps], this.#asker, this.texts);
  }

  for(asker: Asker): Finder {
    return new Finder(this.#path, asker, this.texts);
  }

  #add(as: FileText['as'], key: Path, text: string | undefined): void {
    if (text === undefined) return;
    this.texts.push({ path: [...this.#path, ...key], text, as, asker: this.#asker });
  }

  #each(key: string, texts: Texts | readonly string[] | undefined): void {
    const isList = Array.isArray(texts);
    for (const [name, text] of Object.entries(texts ?? {})) {
      this.#add('text', [key, isList ? Number(name) : name], text);
    }
  }

  /** Texts within JSON, however deep. */
  values(key: string, value: unknown): void {
    if (typeof value === 'string') this.#add('text', [key], value);
    if (typeof value !== 'object' || value === null) return;
    const inside = this.at(key);
    if (Array.isArray(value)) {
      for (const [place, item] of value.entries()) inside.values(String(place), item);
    } else for (const [name, item] of Object.entries(value)) inside.values(name, item);
  }

  source({ filter, webhook }: Source): void {
    this.#add('expression', ['filter'], filter);
    this.#add('expression', ['webhook', 'filter'], webhook?.filter);
  }

  forEach(said: DagFileLeaf['forEach']): void {
    if (said === undefined) return;
    const map = this.for('map');
    if (typeof said === 'string' || Array.isArray(said)) {
      map.#add('expression', ['forEach'], listText(said));
      return;
    }
    for (const [name, list] of Object.entries(said)) {
      map.#add('expression', ['forEach', name], listText(list));
    }
  }

  condition(text: string | undefined): void {
    this.#add('expression', ['condition'], text);
  }

  task(task: DagFileLeaf): void {
    this.condition(task.condition);
    this.for('output').#each('produces', task.produces);
    if ('repeat' in task)
      this.for('output').#add('expression', ['repeat', 'until'], task.repeat?.until);
    if (task.type === 'sensor') this.#sensor(task);
    else this.#action(task);
    this.behaviour(task);
    const { compensate } = task;
    if (typeof compensate === 'object') this.for('hook').at('compensate').inline(compensate);
  }

  inline(task: DagFileInlineTask): void {
    this.#add('expression', ['condition'], task.condition);
    this.#action(task);
    if (task.type !== 'subdag' && task.type !== 'trigger') this.behaviour(task);
  }

  #action(task: DagFileInlineTask | Exclude<DagFileLeaf, { readonly type: 'sensor' }>): void {
    switch (task.type) {
      case 'shell':
        this.#add('shell', ['command'], task.command);
        break;
      case 'python':
        this.#add('code', ['script'], task.script);
        this.#add('text', ['file'], task.file);
        this.values('args', task.args);
        this.values('kwargs', task.kwargs);
        break;
      case 'script':
        this.#add('text', ['file'], task.file);
        this.#each('args', task.args);
        break;
      case 'function':
        this.#add('text', ['file'], task.file);
        this.values('input', task.input);
        break;
      case 'http':
        this.#request(task);
        break;
      case 'sql':
        this.#sql(task);
        break;
      case 'email':
        this.#email(task);
        break;
      case 'notify':
        this.#add('text', ['title'], task.title);
        this.#add('text', ['message'], task.message);
        this.values('details', task.details);
        break;
      case 'docker':
        this.#docker(task);
        break;
      case 'kubernetes':
        this.#add('text', ['image'], task.image);
        this.#each('command', task.command);
        this.#each('args', task.args);
        this.values('pod', task.pod);
        break;
      case 'wait':
        this.#add('text', ['until'], task.until);
        break;
      case 'approval':
        this.#add('text', ['message'], task.message);
        break;
      case 'subdag':
      case 'trigger':
        this.values('params', task.params);
        break;
      default:
    }
  }

  #email(task: Extract<DagFileInlineTask, { readonly type: 'email' }>): void {
    for (const key of ['subject', 'text', 'html', 'replyTo'] as const) {
      this.#add('text', [key], task[key]);
    }
    for (const key of ['to', 'cc', 'bcc'] as const) this.#each(key, task[key]);
  }

  /** The SQL itself is a template only where its author wants values pasted into it. */
  #sql(task: SqlTask): void {
    const paste = (key: Path, text: string): void => {
      if (task.pasteTemplates === true) this.#add('text', key, text);
    };
    this.values('params', task.params);
    if (typeof task.sql === 'string') paste(['sql'], task.sql);
    else this.#statements(task.sql, paste);
  }

  #statements(all: SqlTexts, paste: (key: Path, text: string) => void): void {
    for (const [place, said] of all.entries()) {
      if (typeof said === 'string') paste(['sql', place], said);
      else {
        paste(['sql', place, 'sql'], said.sql);
        this.at('sql', place).values('params', said.params);
      }
    }
  }

  #docker(task: Extract<DagFileInlineTask, { readonly type: 'docker' }>): void {
    for (const key of ['image', 'network', 'user', 'workdir'] as const) {
      this.#add('text', [key], task[key]);
    }
    this.#each('command', task.command);
    this.#each('entrypoint', task.entrypoint);
    for (const [place, mount] of (task.mounts ?? []).entries()) {
      this.#add('text', ['mounts', place, 'source'], mount.source);
      this.#add('text', ['mounts', place, 'target'], mount.target);
    }
  }

  #request(request: {
    readonly url?: string | undefined;
    readonly headers?: Texts | undefined;
    readonly body?: string | undefined;
    readonly auth?: object | undefined;
  }): void {
    this.#add('text', ['url'], request.url);
    this.values('auth', request.auth);
    this.#each('headers', request.headers);
    this.#add('text', ['body'], request.body);
  }

  #sensor(task: Extract<DagFileLeaf, { readonly type: 'sensor' }>): void {
    this.#add('text', ['file'], task.file);
    this.#add('shell', ['command'], task.command);
    if (typeof task.http === 'string') this.#add('text', ['http'], task.http);
    else if (task.http !== undefined) this.at('http').#request(task.http);
    this.for('event').#add('expression', ['filter'], task.filter);
  }

  behaviour(said: Behaviour): void {
    this.#each('env', said.env);
    this.#add('text', ['concurrency', 'key'], said.concurrency?.key);
    this.#add('text', ['rateLimit', 'key'], said.rateLimit?.key);
    this.for('hook').hooks(said);
  }

  hooks(said: Hooks): void {
    for (const key of hookKeys) {
      for (const [place, hook] of (said[key] ?? []).entries()) this.at(key, place).#hook(hook);
    }
  }

  #hook({ webhook, headers, body, params, task }: DagFileHook): void {
    this.#add('text', ['webhook'], webhook);
    this.#request({ headers, body });
    this.values('params', params);
    if (task !== undefined) this.at('task').inline(task);
  }
}
