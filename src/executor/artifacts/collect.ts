/** Puts what a task has left into the store, as its success is about to be reported. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { type Artifact, plainPath } from '../../model/artifact.ts';
import { largeOutput } from '../../model/output.ts';
import type { ArtifactFlaw } from '../attempt-artifacts.ts';
import type { ArtifactSettings } from './limits.ts';
import { isFolderInside, openInside } from './open-inside.ts';
import { type ArtifactStore, faultText } from './store.ts';
import { packFolder, piecesOf, TarFault } from './tar.ts';

type Stored = Omit<Artifact, 'nodes'>;

export interface CollectOptions {
  readonly store: ArtifactStore;
  readonly settings: Pick<ArtifactSettings, 'maxBytes' | 'attemptBytes'>;
  /** The task's working directory. */
  readonly directory: string;
  /** By name, the path below it. */
  readonly artifacts: Readonly<Record<string, string>>;
  /** A file of the attempt: its output, which is too large for the log. */
  readonly output?: string;
  readonly signal: AbortSignal;
}

/** All of them, or what is wrong with the first that is not there. */
export async function collectArtifacts(
  options: CollectOptions,
): Promise<Result<readonly Stored[], ArtifactFlaw>> {
  const { artifacts, settings } = options;
  const all: Stored[] = [];
  let left = settings.attemptBytes;
  for (const [name, path] of Object.entries(artifacts)) {
    const stored = await collect(path, Math.min(left, settings.maxBytes), options);
    if (!stored.ok) {
      const { message, errorClass } = stored.error;
      return fail({ message: `its artifact "${name}" (${path}) ${message}`, errorClass });
    }
    left -= stored.value.bytes;
    all.push({ name, ...stored.value });
  }
  if (options.output === undefined) return ok(all);
  const { store, signal, output } = options;
  const source = fileAt(dirname(output), output);
  const kept = await store.keep(source, { bytesMax: largeOutput.bytesMax, signal });
  if (!kept.ok)
    return fail({ message: `its output ${kept.error}`, errorClass: 'artifact_invalid' });
  return ok([...all, { name: largeOutput.name, ...kept.value, kind: 'file' }]);
}

async function collect(
  path: string,
  bytesMax: number,
  { store, directory, signal }: CollectOptions,
): Promise<Result<Omit<Stored, 'name'>, ArtifactFlaw>> {
  const place = join(directory, plainPath(path));
  const stats = await stat(place).catch(() => undefined);
  if (stats === undefined) {
    return fail({
      message: 'is not there: the task has not written it',
      errorClass: 'artifact_missing',
    });
  }
  const invalid = (message: string) => fail({ message, errorClass: 'artifact_invalid' } as const);
  const isFolder = stats.isDirectory();
  if (path.endsWith('/') && !isFolder) return invalid('is no folder, as the slash at its end says');
  try {
    const source = isFolder ? folderAt(directory, place) : fileAt(directory, place);
    const kept = await store.keep(source, { bytesMax, signal });
    if (!kept.ok) return fail({ message: kept.error, errorClass: 'artifact_invalid' });
    return ok({ ...kept.value, kind: isFolder ? 'folder' : 'file' });
  } catch (error) {
    return invalid(faultText(error));
  }
}

async function* folderAt(directory: string, place: string): AsyncGenerator<Uint8Array> {
  if (!(await isFolderInside(directory, place))) throw new TarFault(foreign);
  yield* packFolder(place);
}

async function* fileAt(directory: string, place: string): AsyncGenerator<Uint8Array> {
  const file = await openInside(directory, place);
  if (file === undefined) throw new TarFault(foreign);
  try {
    yield* piecesOf(file);
  } finally {
    await file.close();
  }
}

const foreign = 'is not a file or a folder of its working directory';
