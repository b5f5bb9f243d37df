/**
 * The service of a node that has no log open: it starts, its cluster has not formed yet, or it
 * opens anew on a snapshot. It shows its status and refuses the rest with what is missing: an empty
 * answer would say that there is nothing. As soon as there is a real service, it hands everything
 * over to that.
 */
import type {
  DagsDirStatus,
  NodeService,
  NodeStatus,
  PeerService,
  Reader,
} from '../api/service.ts';
import { logIndex, term } from '../base/brand.ts';
import { fail } from '../base/result.ts';
import { type Refusal, refusal } from '../model/refusal.ts';

export interface LateOptions {
  readonly real: () => PeerService | undefined;
  readonly status: () => NodeStatus;
  readonly expect: number;
  readonly autopilot: boolean;
  readonly dagsDir: () => DagsDirStatus;
  /** What the node waits for, in one sentence. */
  readonly waitsFor: () => string;
}

export function lateService(options: LateOptions): NodeService {
  const { real, status, waitsFor, expect, autopilot, dagsDir } = options;
  const refused = (): Refusal => refusal('NOT_READY', waitsFor());
  const closed = (): never => {
    throw new Error(`no log is open: ${waitsFor()}`);
  };
  const absent = async (): Promise<never> => closed();
  // Routes may keep the reader: it looks for the real one at every call.
  const reader: Reader = {
    ready: (options) => real()?.reader.ready(options) ?? Promise.resolve(fail(refused())),
    appliedIndex: () => real()?.reader.appliedIndex() ?? logIndex(0),
    firstIndex: () => real()?.reader.firstIndex() ?? closed(),
    dags: (...asked) => real()?.reader.dags(...asked) ?? absent(),
    dag: (...asked) => real()?.reader.dag(...asked) ?? absent(),
    versions: (...asked) => real()?.reader.versions(...asked) ?? absent(),
    version: (...asked) => real()?.reader.version(...asked) ?? absent(),
    look: (select) => real()?.reader.look(select) ?? absent(),
    runs: (query) => real()?.reader.runs(query) ?? absent(),
    run: (...asked) => real()?.reader.run(...asked) ?? absent(),
    runEvents: (...asked) => real()?.reader.runEvents(...asked) ?? absent(),
  };
  const busy = async () => fail(refused());
  return {
    reader,
    forecasts: {
      plan: (...asked) => real()?.forecasts.plan(...asked) ?? busy(),
      whatIf: (...asked) => real()?.forecasts.whatIf(...asked) ?? busy(),
      eta: (...asked) => real()?.forecasts.eta(...asked) ?? busy(),
    },
    submit: (submission) => real()?.submit(submission) ?? Promise.resolve(fail(refused())),
    status,
    cluster: () => {
      const { cluster, clusterId } = status();
      const place = { leader: null, term: term(0), commit: logIndex(0) };
      const unformed = { members: [], expect, autopilot, pendingChange: null };
      return real()?.cluster() ?? { cluster, clusterId, ...place, ...unformed };
    },
    isReady: () => real()?.isReady() ?? false,
    watch: (after, receive, ended) => {
      const watching = real()?.watch(after, receive, ended);
      if (watching === undefined) setImmediate(ended);
      return watching ?? { stop: () => {} };
    },
    // Who follows a log goes on when one is open again.
    readLog: (request) => real()?.readLog(request) ?? Promise.resolve(null),
    readGiven: (request) => real()?.readGiven(request) ?? absent(),
    searchLogs: (request) => real()?.searchLogs(request) ?? absent(),
    openArtifact: (...asked) => real()?.openArtifact(...asked) ?? absent(),
    transfer: (to) => real()?.transfer(to) ?? Promise.resolve(fail(refused())),
    changeMembers: (request) => real()?.changeMembers(request) ?? Promise.resolve(fail(refused())),
    why: (asked) => real()?.why(asked) ?? Promise.resolve(fail(refused())),
    dagsDir,
    metrics: () => real()?.metrics() ?? absent(),
  };
}
