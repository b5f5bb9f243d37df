/** What lies of one run under `attempts` or `log-copies`: its attempts, when each was written. */
import { namespace, runId, taskId, token, type WallMs, wallMs } from '../../base/brand.ts';
import type { AttemptId } from '../../model/protocol.ts';
import type { Files } from '../files.ts';
import { workspaceIn } from '../workspace.ts';
import { eachInTurn, inTurn } from './in-turn.ts';

export interface AttemptFiles {
  readonly id: AttemptId;
  readonly attempt: number;
  readonly directory: string;
  /** When one of its streams was written last; of one without streams, when it was made. */
  readonly writtenAt: WallMs;
  /** Of both streams, on the disk. */
  readonly bytes: number;
}

export interface RunFiles {
  readonly directory: string;
  readonly attempts: readonly AttemptFiles[];
}

/** Lists a directory; called before each look at the disk, so that others get their turn. */
export type Lister = (path: string, done: (names: readonly string[]) => void) => void;

/** What cannot be read now is left out: the next sweep sees it. */
export function runFilesOf(
  files: Files,
  list: Lister,
  directory: string,
  done: (run: RunFiles) => void,
): void {
  const [space = '', run = ''] = directory.split('/').slice(-2);
  const attempts: AttemptFiles[] = [];
  const visit = (path: string, depth: number, next: () => void): void => {
    list(path, (names) => {
      eachInTurn(
        names,
        (name, then) => {
          if (depth < 2) return visit(`${path}/${name}`, depth + 1, then);
          const [task = '', index = ''] = path.split('/').slice(-2);
          const match = /^(\d+)-(\d+)$/.exec(name);
          if (match === null) return then();
          const [, number, tokenText] = match;
          const id = {
            ...{ namespace: namespace(space), runId: runId(run), taskId: taskId(task) },
            ...{ mapIndex: Number(index), token: token(Number(tokenText)) },
          };
          measure(files, `${path}/${name}`, (measured) => {
            attempts.push({ id, attempt: Number(number), ...measured });
            then();
          });
        },
        next,
      );
    });
  };
  visit(directory, 0, () => done({ directory, attempts }));
}

/** Removes attempts of a run, and then what is left empty. No attempt's directory comes again. */
export function removeAttempts(
  files: Files,
  run: RunFiles,
  done: (errors: readonly string[]) => void,
): void {
  const above = new Set<string>();
  inTurn(
    run.attempts,
    ({ directory }, next: (error: string | undefined) => void) => {
      const instance = parentOf(directory);
      above.add(instance);
      files.remove(directory, next);
    },
    (errors) => {
      const tasks = [...new Set([...above].map(parentOf))];
      const empty = (path: string, next: () => void): void => {
        files.removeIfEmpty(path, () => next());
      };
      const paths = [...above, ...tasks, run.directory, parentOf(run.directory)];
      eachInTurn(paths, empty, () => done(errors.filter((error) => error !== undefined)));
    },
  );
}

function measure(
  files: Files,
  directory: string,
  done: (measured: Pick<AttemptFiles, 'directory' | 'writtenAt' | 'bytes'>) => void,
): void {
  const { stdout, stderr } = workspaceIn(directory);
  inTurn(
    [stdout, stderr, directory],
    (path, next: (found: { bytes: number; at: number }) => void) => {
      files.stat(path, (found) => {
        const stat = found.ok ? found.value : undefined;
        const bytes = stat?.isFile === true ? stat.diskBytes : 0;
        next({ bytes, at: stat?.changedAt ?? 0 });
      });
    },
    (found) => {
      const bytes = found.reduce((sum, each) => sum + each.bytes, 0);
      const streams = found.slice(0, 2).map(({ at }) => at);
      const written = Math.max(...streams) || (found[2]?.at ?? 0);
      done({ directory, bytes, writtenAt: wallMs(written) });
    },
  );
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
