/** The reader: what people see, from live rows in memory and ended runs in the ledger (law 7). */
import type { At, Reader, RunDetail } from '../api/service.ts';
import { type LogIndex, logIndex, type Namespace, type RunId } from '../base/brand.ts';
import type { Clock, DiskError } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { VersionRow } from '../model/dag.ts';
import { dagDetails, dagParts, dagsIn } from '../model/dag-details.ts';
import type { LiveRun, ReadonlyState } from '../model/readonly-state.ts';
import { type Refusal, refusal } from '../model/refusal.ts';
import { endedRun, listRuns } from '../storage/queries.ts';
import { runEvents } from '../storage/queries-history.ts';
import type { AppliedWaiters } from './applied-waiters.ts';
import type { Peer } from './peer.ts';

/** How often a run is looked for in both places before it counts as unknown. */
const looksMax = 2;

/** How long a read waits for its node to catch up. */
const catchUpMs = 5000;

export function makeReader(peer: Peer, clock: Clock, waiters: AppliedWaiters): Reader {
  const read = <T>(select: (state: ReadonlyState) => T): Promise<At<T>> =>
    new Promise((resolve) => peer.read(select, (value, index) => resolve({ index, value })));
  const applied = (): LogIndex => peer.scheduler?.appliedIndex ?? logIndex(0);

  return {
    appliedIndex: applied,
    firstIndex: () => logIndex(peer.raft.status().baseIndex + 1),
    async ready({ minIndex, linearizable }) {
      const confirmed = linearizable ? await confirmIndex(peer) : ok(logIndex(0));
      if (!confirmed.ok) return confirmed;
      const wanted = Math.max(minIndex ?? 0, confirmed.value);
      if (await waiters.reached(wanted, clock, catchUpMs)) return ok(undefined);
      return fail(notReached({ wanted, applied: applied(), ...peer.raft.status() }));
    },
    dags: (namespace) =>
      read((state) => {
        const dags = dagsIn(state, namespace);
        return dagParts(
          state,
          dags.toSorted((one, two) => (one.dagId < two.dagId ? -1 : 1)),
        );
      }),
    dag: (namespace, dagId) =>
      read((state) => {
        const dag = state.dag(namespace, dagId);
        return dag && dagDetails(state, [dag])[0];
      }),
    versions: (namespace, dagId) =>
      read((state) =>
        [...state.versionsOf(namespace, dagId)].sort(
          (left, right) => right.createdAt - left.createdAt,
        ),
      ),
    version: (namespace, dagId, versionId) =>
      read((state) => state.version(namespace, dagId, versionId)),
    look: read,
    async runs(query) {
      const live = await read((state) => [...state.runs()].map(({ run }) => run));
      const page = await call(listRuns, peer.ledger, query, live.value);
      return { index: live.index, value: page };
    },
    async run(namespace, runId) {
      // A run may end between two looks, and be run again: whoever is not here has just gone there.
      for (let look = 1; ; look++) {
        const live = await read((state) => liveDetail(state, namespace, runId));
        if (live.value !== undefined) return live;
        const ended = await endedDetail(peer, namespace, runId);
        if (ended !== undefined || look === looksMax) return { index: live.index, value: ended };
      }
    },
    async runEvents(namespace, runId, { after, limit }) {
      const index = applied();
      const query = { namespace, runId, after, limit };
      const page = await new Promise<Parameters<Parameters<typeof runEvents>[2]>[0]>((resolve) =>
        runEvents(peer.ledger, query, resolve),
      );
      return { index, value: unwrap(page) };
    },
  };
}

/** Without a leader it is that which keeps the node from going on. */
export function notReached(where: {
  readonly wanted: number;
  readonly applied: number;
  /** As far as this node knows. */
  readonly commitIndex: number;
  readonly leader: string | undefined;
}): Refusal {
  const { wanted, applied, commitIndex, leader } = where;
  const reached = `this node has applied index ${applied}, not yet ${wanted}`;
  if (leader === undefined) return refusal('NO_LEADER', `${reached}, and knows no leader`);
  const beyond = wanted > commitIndex ? `; it knows of nothing beyond ${commitIndex}` : '';
  return refusal('INDEX_NOT_REACHED', reached + beyond);
}

function liveDetail(
  state: ReadonlyState,
  namespace: Namespace,
  runId: RunId,
): RunDetail | undefined {
  const live: LiveRun | undefined = state.run(namespace, runId);
  const version = live && state.version(namespace, live.run.dagId, live.run.versionId);
  if (live === undefined || version === undefined) return undefined;
  return {
    run: live.run,
    tasks: [...live.tasks.values()],
    outputs: [...live.outputs.values()],
    expansions: [...live.expansions.values()],
    pools: poolsOf(state, namespace),
    version,
  };
}

function poolsOf(state: ReadonlyState, namespace: Namespace): ReadonlyMap<string, number> {
  const own = [...state.allNamed('pool')].filter((pool) => pool.namespace === namespace);
  return new Map(own.map(({ name, slots }) => [name, slots]));
}

async function endedDetail(
  peer: Peer,
  namespace: Namespace,
  runId: RunId,
): Promise<RunDetail | undefined> {
  const found = await call(endedRun, peer.ledger, { namespace, runId });
  if (found === undefined) return undefined;
  const { dagId, versionId } = found.run;
  const version = await new Promise<VersionRow | undefined>((resolve) =>
    peer.read((state) => state.version(namespace, dagId, versionId), resolve),
  );
  return version && { ...found, version };
}

/** A ReadIndex round: the index that was committed when the read was asked for. */
const confirmIndex = (peer: Peer): Promise<Result<LogIndex, Refusal>> =>
  new Promise((resolve) =>
    peer.raft.readIndex((result) =>
      resolve(
        result.ok
          ? result
          : fail(refusal('NO_LEADER', `no leader confirmed the read (${result.error})`)),
      ),
    ),
  );

/** A callback query as a promise. A storage error is not an answer: the node is stopping anyway. */
const call = <A extends readonly unknown[], T>(
  query: (...all: [...A, (result: Result<T, DiskError>) => void]) => void,
  ...given: A
): Promise<T> =>
  new Promise((resolve, reject) =>
    query(...given, (result) => (result.ok ? resolve(result.value) : reject(result.error))),
  );

function unwrap<T>(result: Result<T, DiskError>): T {
  if (!result.ok) throw result.error;
  return result.value;
}
