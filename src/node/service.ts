/** The node's service: what its HTTP server may ask for. Everything here is glue between rooms. */
import { createHash, randomUUID } from 'node:crypto';
import type { MemberRequest } from '../api/member-request.ts';
import type { At, MembersChanged, PeerService, Submission } from '../api/service.ts';
import { type NodeId, requestId, taskId } from '../base/brand.ts';
import { encode } from '../base/codec.ts';
import { ok, type Result } from '../base/result.ts';
import type { ArchiveReader } from '../executor/logs/archive-reader.ts';
import type { Command, Committed } from '../model/command.ts';
import type { Refusal } from '../model/refusal.ts';
import type { WhyAnswer, WhyAsked } from '../model/views/why.ts';
import type { Watch } from '../storage/watch.ts';
import type { AppliedWaiters } from './applied-waiters.ts';
import type { ArtifactReader } from './artifact-reader.ts';
import { makeForecasts } from './forecasts.ts';
import type { GivenReader } from './given-reader.ts';
import type { LogReader } from './log-reader.ts';
import { searchEverywhere } from './log-searches.ts';
import { type AttemptPlace, placeOf, readAnywhere } from './log-sources.ts';
import type { NodeMetrics } from './metrics.ts';
import type { Peer } from './peer.ts';
import { makeReader } from './reader.ts';
import { realClock } from './real-ports.ts';
import { clusterStatus, nodeStatus, type StatusSources } from './status.ts';

/** Answers to requests that a client named are kept this long (W18). */
const rememberKeyedMs = 24 * 3_600_000;
/** Answers to requests that only this node's gateway repeats. */
const rememberUnkeyedMs = 10 * 60_000;

export interface ServiceParts {
  readonly peer: Peer;
  readonly sources: StatusSources;
  readonly waiters: AppliedWaiters;
  readonly watch: Watch;
  readonly logs: LogReader;
  readonly archive: ArchiveReader | undefined;
  readonly given: GivenReader;
  readonly artifacts: ArtifactReader;
  readonly metrics: NodeMetrics;
}

type AttemptAsked = Parameters<PeerService['readGiven']>[0];

export function makeService(parts: ServiceParts): PeerService {
  const { peer, sources, watch } = parts;
  const reader = makeReader(peer, realClock, parts.waiters);
  const isLost = (node: NodeId): boolean => peer.scheduler?.state.node(node)?.status === 'lost';
  /** Where an attempt ran; undefined: there is none such. */
  const findPlace = async (asked: AttemptAsked): Promise<AttemptPlace | undefined> => {
    const { value: run } = await reader.run(asked.namespace, asked.runId);
    const row = run?.tasks.find(
      ({ taskId: task, mapIndex }) => task === asked.taskId && mapIndex === asked.mapIndex,
    );
    return row && placeOf(row, asked.attempt, isLost);
  };
  return {
    reader,
    forecasts: makeForecasts(reader, realClock),
    submit: (submission) => submitAndShow(parts, submission),
    status: () => nodeStatus(sources),
    cluster: () => clusterStatus(sources),
    isReady: () => isReady(peer),
    watch: (after, receive, ended) => {
      const subscribed = watch.subscribe(after, {
        receive: (event, next) => {
          // A receiver that fails has gone; its subscription ends with its connection.
          receive(event).then(next, () => {});
        },
        ended,
      });
      if (!subscribed.ok) setImmediate(ended);
      return { stop: () => subscribed.ok && subscribed.value.cancel() };
    },
    readLog: async (asked) => {
      const place = await findPlace(asked);
      return place === undefined ? null : readAnywhere(parts, asked, place);
    },
    readGiven: async (asked) => {
      const place = await findPlace(asked);
      if (place === undefined || place.isLost) return null;
      const { namespace, runId, taskId: task, mapIndex, attempt } = asked;
      const { node, token } = place;
      const id = { namespace, runId, taskId: taskId(task), mapIndex, token };
      return parts.given.read(node, { id, attempt });
    },
    searchLogs: (asked) =>
      searchEverywhere(asked, {
        searches: parts.logs.searches,
        reader,
        nodes: () => [...(peer.scheduler?.state.nodes() ?? [])],
      }),
    openArtifact: (run, object) => parts.artifacts.open(run, object),
    transfer: (to) => transfer(peer, to),
    changeMembers: (request) => changeMembers(peer, request),
    why: (asked) => askWhy(peer, asked),
    metrics: () => parts.metrics.text(),
  };
}

/** Knows a leader and has applied all that it knows to be committed. */
function isReady(peer: Peer): boolean {
  const { leader, commitIndex } = peer.raft.status();
  const applied = peer.scheduler?.appliedIndex ?? 0;
  return leader !== undefined && commitIndex > 0 && applied >= commitIndex - readyLagMax;
}

/** Entries that a ready node may be behind: it is never quite still under load. */
const readyLagMax = 1000;

/** How long an answer waits until this node shows what was committed; far more than it takes. */
const showWithinMs = 250;

/** Whoever asks the same node next sees what it was answered, without a word about an index. */
async function submitAndShow(
  { peer, waiters }: ServiceParts,
  submission: Submission,
): Promise<Result<Committed, Refusal>> {
  const result = await submit(peer, submission);
  if (result.ok) await waiters.reached(result.value.index, realClock, showWithinMs);
  return result;
}

function submit(peer: Peer, submission: Submission): Promise<Result<Committed, Refusal>> {
  const { by, command } = submission;
  const isKeyed = submission.requestId !== null;
  const request = {
    kind: 'command',
    requestId: submission.requestId ?? requestId(randomUUID()),
    bodyDigest: digestOf(command),
    rememberMs: isKeyed ? rememberKeyedMs : rememberUnkeyedMs,
    by,
    command,
  } as const;
  return new Promise((resolve) => peer.submit(request, resolve));
}

/** A definition is named by its content already, and a large one takes long to encode. */
function digestOf(command: Command): string {
  const body = command.kind === 'apply-dag' ? { ...command, spec: null } : command;
  return createHash('sha256').update(encode(body)).digest('hex').slice(0, 32);
}

const transfer = (peer: Peer, to: NodeId | null): Promise<Result<NodeId, Refusal>> =>
  new Promise((resolve) =>
    peer.ask({ kind: 'transfer', to }, (result) => {
      if (!result.ok) resolve(result);
      else if (result.value.kind === 'transfer') resolve(ok(result.value.leader));
    }),
  );

const changeMembers = (
  peer: Peer,
  request: MemberRequest,
): Promise<Result<MembersChanged, Refusal>> =>
  new Promise((resolve) =>
    peer.ask({ kind: 'members', request }, (result) => {
      if (!result.ok) resolve(result);
      else if (result.value.kind === 'members') resolve(ok(result.value.changed));
    }),
  );

const askWhy = (peer: Peer, asked: WhyAsked): Promise<Result<At<WhyAnswer>, Refusal>> =>
  new Promise((resolve) =>
    peer.ask({ kind: 'why', asked }, (result) => {
      if (!result.ok) resolve(result);
      else if (result.value.kind === 'why') {
        const { index, answer } = result.value.told;
        resolve(ok({ index, value: answer }));
      }
    }),
  );
