/**
 * Searches the logs that lie on this node: finds the files of the runs, and has them scanned.
 *
 * It owns the searches that wait. It does not own the files, and what is scanned never passes
 * through the event loop.
 *
 * Invariants:
 *   V1  Every request gets one answer; one more than `waiting` gets an empty one that says so.
 *   V2  At most `atATime` are scanned at a time.
 */
import type { Wire } from '../../actors/wire.ts';
import { assert } from '../../base/assert.ts';
import type { NodeId, RunId } from '../../base/brand.ts';
import { inboxes, type LogFound, type LogMatch, type LogSearch } from '../../model/protocol.ts';
import type { Files } from '../files.ts';
import { runDirectory, workspaceIn } from '../workspace.ts';
import { streamNames } from './copying.ts';
import { inTurn } from './in-turn.ts';
import { type AttemptFiles, runFilesOf } from './run-files.ts';
import type { ScanResult } from './scan-files.ts';
import type { ScanLogs } from './scan-thread.ts';
import { type Gap, readGap } from './stream-file.ts';

export const searchLimits = {
  atATime: 2,
  waiting: 16,
  runs: 100,
  /** Of all runs of a search on one node; the newest. */
  attempts: 2_000,
  lines: 500,
  bytes: 4 * 1024 * 1024 * 1024,
} as const;

export interface LogSearcherOptions {
  readonly wire: Wire;
  readonly files: Files;
  readonly dataDir: string;
  readonly scan: ScanLogs;
}

/** A stream that is scanned. */
interface Stream {
  readonly of: AttemptFiles;
  readonly stream: LogMatch['stream'];
  readonly path: string;
  readonly gap: Gap | null;
}

interface Asked {
  readonly search: LogSearch;
  readonly from: NodeId;
}

export class LogSearcher {
  readonly #options: LogSearcherOptions;
  readonly #waiting: Asked[] = [];
  #scanning = 0;

  constructor(options: LogSearcherOptions) {
    this.#options = options;
  }

  take(search: LogSearch, from: NodeId): void {
    if (this.#waiting.length >= searchLimits.waiting) {
      this.#answer({ search, from }, { matches: [], tokens: [], isCut: true });
      return;
    }
    this.#waiting.push({ search, from });
    this.#next();
  }

  #next(): void {
    if (this.#scanning >= searchLimits.atATime) return;
    const asked = this.#waiting.shift();
    if (asked === undefined) return;
    this.#scanning += 1;
    this.#attemptsOf(asked.search, (attempts, isCut) => {
      const wanted = attempts
        .toSorted((a, b) => b.writtenAt - a.writtenAt)
        .slice(0, searchLimits.attempts);
      this.#streamsOf(wanted, (streams) => {
        this.#scan(asked, streams, isCut || wanted.length < attempts.length);
      });
    });
  }

  #attemptsOf(
    { namespace, runIds, taskId, copiesOf }: LogSearch,
    done: (attempts: readonly AttemptFiles[], isCut: boolean) => void,
  ): void {
    const { files, dataDir } = this.#options;
    const under = copiesOf === undefined ? 'attempts' : 'log-copies';
    const wanted = copiesOf && new Set(copiesOf);
    const runs = runIds.slice(0, searchLimits.runs);
    const list = (path: string, then: (names: readonly string[]) => void): void =>
      files.list(path, (names) => then(names.ok ? names.value : []));
    const inRun = (runId: RunId, next: (found: readonly AttemptFiles[]) => void): void => {
      const directory = runDirectory(dataDir, { namespace, runId }, under);
      if (directory.ok) runFilesOf(files, list, directory.value, (run) => next(run.attempts));
      else next([]);
    };
    inTurn(runs, inRun, (found) => {
      const attempts = found
        .flat()
        .filter(({ id }) => taskId === undefined || id.taskId === taskId)
        .filter(({ id }) => wanted === undefined || wanted.has(id.token));
      done(attempts, runs.length < runIds.length);
    });
  }

  #streamsOf(attempts: readonly AttemptFiles[], done: (streams: readonly Stream[]) => void): void {
    const candidates = attempts
      .filter(({ bytes }) => bytes > 0)
      .flatMap((of) => streamNames.map((stream) => ({ of, stream })));
    const withGap = (
      { of, stream }: (typeof candidates)[number],
      next: (stream: Stream) => void,
    ): void => {
      const path = workspaceIn(of.directory)[stream];
      readGap(this.#options.files, path, (gap) => {
        next({ of, stream, path, gap: (gap.ok ? gap.value : undefined) ?? null });
      });
    };
    inTurn(candidates, withGap, done);
  }

  #scan(asked: Asked, streams: readonly Stream[], isCut: boolean): void {
    const { query, limit } = asked.search;
    const files = streams.map(({ path, gap }) => ({ path, gap }));
    const lines = Math.min(limit, searchLimits.lines);
    const job = { files, query, limit: lines, bytesMax: searchLimits.bytes };
    const finish = (result: ScanResult | undefined): void => {
      this.#scanning -= 1;
      assert(this.#scanning >= 0, 'V2: each scan ends once');
      const { found, isCut: isMore } = result ?? { found: [], isCut: true };
      const matches = found.flatMap((lines, at) => lines.map((line) => matchOf(streams[at], line)));
      const tokens = [...new Set(streams.slice(0, found.length).map(({ of }) => of.id.token))];
      this.#answer(asked, {
        matches: matches.filter((match) => match !== undefined),
        tokens,
        isCut: isCut || isMore,
      });
      this.#next();
    };
    if (files.length === 0) finish({ found: [], isCut: false });
    else this.#options.scan(job, finish);
  }

  #answer({ search, from }: Asked, found: Omit<LogFound, 'kind' | 'requestId'>): void {
    const { requestId } = search;
    const answer: LogFound = { kind: 'log-found', requestId, ...found };
    this.#options.wire.send(from, inboxes.logs, 'bulk', answer);
  }
}

function matchOf(
  from: Stream | undefined,
  line: ScanResult['found'][number][number],
): LogMatch | undefined {
  if (from === undefined) return undefined;
  const { id, attempt } = from.of;
  return { id, attempt, stream: from.stream, ...line };
}
