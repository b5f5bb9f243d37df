/**
 * The service of a node that has no log open: its cluster has not formed yet, or it opens anew on
 * a snapshot. It shows its status and refuses the rest with what is missing. As soon as there is a
 * real service, it hands everything over to that.
 */
import type {
  At,
  DagsDirStatus,
  NodeService,
  NodeStatus,
  PeerService,
  Reader,
} from '../api/service.ts';
import { logIndex, term } from '../base/brand.ts';
import { fail } from '../base/result.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import { State } from '../model/state.ts';

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
  const refused = (): Refusal => refusal('NO_LEADER', waitsFor());
  const nothing = <T>(value: T): Promise<At<T>> => Promise.resolve({ index: logIndex(0), value });
  // Routes may keep the reader: it looks for the real one at every call.
  const reader: Reader = {
    ready: (options) => real()?.reader.ready(options) ?? Promise.resolve(fail(refused())),
    appliedIndex: () => real()?.reader.appliedIndex() ?? logIndex(0),
    firstIndex: () => real()?.reader.firstIndex() ?? logIndex(1),
    dags: (...asked) => real()?.reader.dags(...asked) ?? nothing([]),
    dag: (...asked) => real()?.reader.dag(...asked) ?? nothing(undefined),
    versions: (...asked) => real()?.reader.versions(...asked) ?? nothing([]),
    version: (...asked) => real()?.reader.version(...asked) ?? nothing(undefined),
    look: (select) => real()?.reader.look(select) ?? nothing(select(new State())),
    runs: (query) => real()?.reader.runs(query) ?? nothing({ items: [], cursor: null }),
    run: (...asked) => real()?.reader.run(...asked) ?? nothing(undefined),
    runEvents: (...asked) =>
      real()?.reader.runEvents(...asked) ?? nothing({ items: [], cursor: null }),
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
    readLog: (request) => real()?.readLog(request) ?? Promise.resolve(null),
    readGiven: (request) => real()?.readGiven(request) ?? Promise.resolve(null),
    searchLogs: (request) =>
      real()?.searchLogs(request) ?? Promise.resolve({ matches: [], isCut: false, unsearched: 0 }),
    openArtifact: (...asked) => real()?.openArtifact(...asked) ?? Promise.resolve(null),
    transfer: (to) => real()?.transfer(to) ?? Promise.resolve(fail(refused())),
    changeMembers: (request) => real()?.changeMembers(request) ?? Promise.resolve(fail(refused())),
    why: (asked) => real()?.why(asked) ?? Promise.resolve(fail(refused())),
    dagsDir,
    metrics: () => real()?.metrics() ?? Promise.resolve(''),
  };
}
