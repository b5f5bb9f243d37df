/**
 * A folder of DAG files that the node watches: what is written there is applied, as the ordinary
 * command of `dags-dir:<file>`. A file that is wrong is reported, with line and column, and the
 * last good version goes on. A definition leaves only by an explicit delete, never with its file.
 *
 * Owns: what became of each file. Does not own: any DAG.
 *
 * Invariants:
 *   W1  One file is worked on at a time, and only when its text is not what was worked on last; one
 *       that was broken also when it was only touched: what it lacked may be there now.
 *   W2  Files that were there at the start are applied only if the cluster has never seen that
 *       version: a restart takes back neither a roll-back nor a delete.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename, extname, relative, resolve, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { type DagContent, type DagReader, readInPlace } from '../api/dag-reader.ts';
import { findingText } from '../api/problems.ts';
import type { DagsDirFile, DagsDirStatus, NodeService } from '../api/service.ts';
import { type Finding, serverTextLimits } from '../api/source-document.ts';
import type { Trace } from '../base/trace.ts';
import type { Refusal } from '../model/refusal.ts';

/** Files beyond so many are not looked at. */
const filesMax = 10_000;
const bytesMax = 1024 * 1024;
/** Folders within folders. */
const depthMax = 8;

export interface DagsFolderTimes {
  /**
   * A file is read when nothing has happened to it for so long. More than the 50 ms in which
   * chokidar tells of a second change no more: it is read behind that one too.
   */
  readonly quietMs: number;
  /** What the cluster could not answer is asked again after this. */
  readonly againMs: number;
}

export interface DagsFolderOptions {
  readonly folder: string;
  readonly service: Pick<NodeService, 'submit' | 'isReady' | 'reader'>;
  readonly trace: Trace;
  readonly now: () => number;
  /** In place, unless said. */
  readonly readDag?: DagReader;
  readonly times?: DagsFolderTimes;
}

const defaultTimes: DagsFolderTimes = { quietMs: 300, againMs: 1_000 };

interface Watched {
  readonly file: string;
  /** Was there when the watch began, and has not changed since (W2). */
  isOld: boolean;
  /** What was worked on last; undefined: nothing yet. */
  text: string | undefined;
  status: DagsDirFile;
  timer: NodeJS.Timeout | undefined;
}

export class DagsFolder {
  readonly #options: DagsFolderOptions;
  readonly #times: DagsFolderTimes;
  readonly #folder: string;
  readonly #files = new Map<string, Watched>();
  readonly #queue = new Set<Watched>();
  readonly #watcher: FSWatcher;
  #isWorking = false;
  #isListed = false;
  #stopped = false;

  constructor(options: DagsFolderOptions) {
    this.#options = options;
    this.#times = options.times ?? defaultTimes;
    this.#folder = resolve(options.folder);
    this.#watcher = watch(this.#folder, {
      depth: depthMax,
      ignored: (path, stats) => this.#isIgnored(path, stats?.isFile() === true),
    });
    this.#watcher
      .on('add', (path) => this.#changed(path))
      .on('change', (path) => this.#changed(path))
      .on('unlink', (path) => this.#gone(path))
      .on('ready', () => {
        this.#isListed = true;
      })
      .on('error', (error) =>
        options.trace('error', 'dags-dir.unreadable', { why: String(error) }),
      );
    options.trace('info', 'dags-dir.watched', { folder: this.#folder });
  }

  status(): DagsDirStatus {
    const files = [...this.#files.values()].map(({ status }) => status);
    return { folder: this.#folder, files: files.sort((a, b) => (a.file < b.file ? -1 : 1)) };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#files.values()) clearTimeout(timer);
    await this.#watcher.close();
  }

  #isIgnored(path: string, isFile: boolean): boolean {
    const inside = relative(this.#folder, path);
    if (inside === '') return false;
    // Hidden files are those of editors and of whoever mounts the folder.
    if (basename(path).startsWith('.')) return true;
    return isFile && !/\.(ya?ml|json)$/.test(path);
  }

  #changed(path: string): void {
    const file = relative(this.#folder, path).split(sep).join('/');
    const known = this.#files.get(file);
    if (known === undefined && this.#files.size >= filesMax) {
      this.#options.trace('warn', 'dags-dir.too-many-files', { file, limit: filesMax });
      return;
    }
    const watched = known ?? this.#newFile(file);
    if (known !== undefined) watched.isOld = false;
    this.#files.set(file, watched);
    this.#later(watched, this.#times.quietMs);
  }

  #newFile(file: string): Watched {
    const at = this.#at();
    const nothing = { dagId: null, versionId: null, problems: [] };
    const status: DagsDirFile = { file, state: 'waiting', at, ...nothing };
    return { file, isOld: !this.#isListed, text: undefined, status, timer: undefined };
  }

  /** The DAG stays; its file is shown as gone. */
  #gone(path: string): void {
    const file = relative(this.#folder, path).split(sep).join('/');
    const watched = this.#files.get(file);
    if (watched === undefined) return;
    clearTimeout(watched.timer);
    this.#queue.delete(watched);
    watched.text = undefined;
    watched.isOld = false;
    if (watched.status.dagId === null) this.#files.delete(file);
    else watched.status = { ...watched.status, state: 'gone', at: this.#at(), problems: [] };
    this.#options.trace('info', 'dags-dir.gone', { file });
  }

  #later(watched: Watched, ms: number): void {
    clearTimeout(watched.timer);
    watched.timer = setTimeout(() => {
      this.#queue.add(watched);
      void this.#work();
    }, ms);
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    for (const watched of this.#queue) {
      this.#queue.delete(watched);
      if (!this.#stopped) await this.#take(watched);
    }
    this.#isWorking = false;
  }

  async #take(watched: Watched): Promise<void> {
    const { service } = this.#options;
    if (!service.isReady()) return this.#later(watched, this.#times.againMs);
    const text = await this.#read(watched);
    const isDone = text === watched.text && watched.status.state !== 'broken';
    if (text === undefined || isDone || this.#stopped) return;
    const { readDag = readInPlace } = this.#options;
    const checked = await readDag({
      text,
      format: extname(watched.file) === '.json' ? 'json' : 'yaml',
      ...{ id: null, namespace: null, limits: serverTextLimits },
    });
    if (this.#stopped) return;
    if (!checked.ok && checked.error.some(isPassing)) {
      return this.#later(watched, this.#times.againMs);
    }
    if (!checked.ok) return this.#broken(watched, text, checked.error);
    const twin = this.#twinOf(watched, checked.value);
    if (twin !== undefined) {
      const message = `${twin} defines DAG ${checked.value.dagId} already: keep one of them`;
      return this.#broken(watched, text, [{ ...noPlace, code: 'DAG_INVALID', message }]);
    }
    await this.#apply(watched, text, checked.value);
  }

  async #read(watched: Watched): Promise<string | undefined> {
    const { file } = watched;
    const path = resolve(this.#folder, file);
    try {
      const { size } = await stat(path);
      if (size <= bytesMax) return await readFile(path, 'utf8');
      const message = `the file has ${size} bytes; ${bytesMax} are the most`;
      this.#broken(watched, `too large: ${size}`, [{ ...noPlace, code: 'TOO_LARGE', message }]);
    } catch (error) {
      this.#options.trace('warn', 'dags-dir.unreadable', { file, why: String(error) });
    }
    return undefined;
  }

  async #apply(watched: Watched, text: string, dag: DagContent): Promise<void> {
    const { service } = this.#options;
    const { namespace, dagId, versionId, spec } = dag;
    const known = watched.isOld ? await this.#isKnown(dag) : false;
    if (known === undefined) return this.#later(watched, this.#times.againMs);
    if (known) return this.#applied(watched, text, dag);
    const command = { kind: 'apply-dag', namespace, dagId, versionId, spec } as const;
    const by = `dags-dir:${watched.file}`.slice(0, 250);
    const done = await service.submit({ requestId: null, by, command });
    if (done.ok) {
      const outcome = done.value.reply.kind === 'dag-applied' ? done.value.reply.outcome : '';
      this.#options.trace('info', 'dags-dir.applied', { file: watched.file, dagId, outcome });
      return this.#applied(watched, text, dag);
    }
    if (isPassing(done.error)) {
      watched.status = { ...watched.status, state: 'waiting', dagId, at: this.#at() };
      return this.#later(watched, this.#times.againMs);
    }
    const { code, detail: message } = done.error;
    this.#broken(watched, text, [{ ...noPlace, code, message }]);
  }

  /**
   * W2: whether the cluster has had this version, whatever became of it since; undefined while this
   * node cannot say it.
   */
  #isKnown({ namespace, dagId, versionId }: DagContent): Promise<boolean | undefined> {
    const { reader } = this.#options.service;
    return reader.version(namespace, dagId, versionId).then(
      ({ value }) => value !== undefined,
      () => undefined,
    );
  }

  #applied(watched: Watched, text: string, { dagId, versionId }: DagContent): void {
    watched.text = text;
    const { file } = watched;
    watched.status = { file, dagId, versionId, state: 'applied', at: this.#at(), problems: [] };
  }

  #broken(watched: Watched, text: string, problems: readonly Finding[]): void {
    watched.text = text;
    const { file } = watched;
    // The DAG and the version are those of the last good text, which go on.
    watched.status = { ...watched.status, file, state: 'broken', at: this.#at(), problems };
    const why = problems.slice(0, 3).map(findingText).join('; ');
    this.#options.trace('warn', 'dags-dir.broken', { file, problems: problems.length, why });
  }

  /** Another file of the folder that defines the same DAG. */
  #twinOf(watched: Watched, { dagId }: DagContent): string | undefined {
    for (const { file, status } of this.#files.values()) {
      if (file !== watched.file && status.dagId === dagId && status.state !== 'gone') return file;
    }
    return undefined;
  }

  #at(): string {
    return new Date(this.#options.now()).toISOString();
  }
}

const noPlace = { path: '', line: null, column: null } as const;

const isPassing = ({ code }: Pick<Refusal | Finding, 'code'>): boolean =>
  code === 'NO_LEADER' ||
  code === 'NOT_READY' ||
  code === 'OVERLOADED' ||
  code === 'OUTCOME_UNKNOWN' ||
  code === 'DISK_FULL' ||
  code === 'MIXED_VERSIONS';
