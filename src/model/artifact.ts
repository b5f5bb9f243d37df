/**
 * Artifacts: files and folders that a successful attempt leaves to others. Their bytes lie in the
 * stores of the nodes, named by their content; what is recorded is where they are.
 */
import type { NodeId, TaskId } from '../base/brand.ts';

/** An object of the store: a file as it was, or a folder packed as tar. */
export interface ArtifactObject {
  /** Of the bytes, in hex. */
  readonly sha256: string;
  /** Of the object: of a folder, those of its tar. */
  readonly bytes: number;
  readonly kind: 'file' | 'folder';
  /** Where it lay when the attempt ended; the first one ran it. */
  readonly nodes: readonly NodeId[];
  /** There is a copy in the store beside the nodes. */
  readonly remote?: true;
}

/** What an attempt has left. Final: another attempt leaves its own. */
export interface Artifact extends ArtifactObject {
  readonly name: string;
}

/** Whose artifact a task is given. */
export interface ArtifactSource {
  readonly task: TaskId;
  readonly name: string;
}

/** What an attempt is given, and where it is put: relative to its working directory. */
export interface ArtifactInput extends ArtifactObject {
  readonly path: string;
}

export const artifactLimits = {
  /** Artifacts that one task names, and inputs. */
  ofTask: 32,
  /** What one attempt is given, with all instances of mapped tasks. */
  inputsOfAttempt: 1_000,
  nameCharacters: 64,
  pathCharacters: 512,
} as const;

export const artifactNamePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/;

export const sha256Pattern = /^[0-9a-f]{64}$/;

/**
 * What is wrong with a path as a place below a directory: a sentence, or undefined. A plain path is
 * made of names alone; it may end with a slash, which says that a folder is meant.
 */
export function pathFlaw(path: string): string | undefined {
  if (path === '' || path === '/') return 'names nothing';
  if (path.length > artifactLimits.pathCharacters) {
    return `is longer than ${artifactLimits.pathCharacters} characters`;
  }
  return stepsFlaw(plainPath(path).split('/'));
}

/** The same for a path of any length. */
export function stepsFlaw(steps: readonly string[]): string | undefined {
  if (steps[0] === '') return 'begins with a slash: it is relative to the working directory';
  for (const step of steps) {
    if (step === '') return 'has two slashes side by side';
    if (step === '.' || step === '..') return `has "${step}" in it`;
    if (hasControls(step)) return 'has control characters in it';
  }
  return undefined;
}

/** Without the slash at its end. */
export const plainPath = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : path);

function hasControls(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
