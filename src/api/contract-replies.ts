/** The bodies of replies. Each is checked against its view, so that the two cannot drift apart. */
import { z } from 'zod';
import type { Json } from '../model/json.ts';
import { endingStages } from '../model/run.ts';
import type {
  ArtifactView,
  AttemptView,
  ClusterView,
  DagView,
  EventView,
  RunDetailView,
  RunView,
  TaskDetailView,
  TaskView,
  VersionView,
} from '../model/views.ts';
import { taskStates } from '../model/views.ts';

const text = z.string();
const textOrNull = z.string().nullable();
/** A field that 0.2.0 did not have: this client may ask a node that is not upgraded yet. */
const newText = textOrNull.default(null);
const numberOrNull = z.number().nullable();
const amounts = z.record(z.string(), z.number());
const texts = z.record(z.string(), z.string());
/** Any JSON. What a reply says was checked when it was recorded. */
const paramValue: z.ZodType<Json> = z.json();

export const runStates = [
  'queued',
  'running',
  'cancelling',
  'success',
  'failed',
  'cancelled',
] as const;

export const runReply = z.object({
  runId: text,
  namespace: text,
  dagId: text,
  versionId: text,
  state: z.enum(runStates),
  trigger: z.enum(['manual', 'schedule', 'event', 'backfill', 'task']),
  logicalDate: textOrNull,
  params: z.record(z.string(), paramValue),
  priority: z.number(),
  createdAt: text,
  createdBy: text,
  generation: z.number(),
  startedAt: textOrNull,
  endedAt: textOrNull,
  durationMs: numberOrNull,
  reason: textOrNull,
  dataInterval: z.object({ start: text, end: text }).nullable().default(null),
  parent: z
    .object({ runId: text, taskId: text, mapIndex: z.number(), waits: z.boolean() })
    .nullable()
    .default(null),
  backfillId: newText,
  paused: z.boolean().default(false),
  heldBy: newText,
  slaMissed: z.boolean().default(false),
  ending: z
    .object({ becoming: text, stage: z.enum(endingStages), reason: textOrNull })
    .nullable()
    .default(null),
}) satisfies z.ZodType<RunView>;

const usageReply = z.object({
  cpuMs: numberOrNull,
  memoryBytesMax: numberOrNull,
  readBytes: numberOrNull,
  writtenBytes: numberOrNull,
});

export const artifactReply = z.object({
  name: text,
  kind: z.enum(['file', 'folder']),
  bytes: z.number(),
  sha256: text,
  nodes: z.array(text).readonly(),
}) satisfies z.ZodType<ArtifactView>;

const attemptReply = z.object({
  attempt: z.number(),
  node: text,
  token: z.number(),
  state: z.enum([
    'queued',
    'running',
    'success',
    'failed',
    'skipped',
    'timed_out',
    'cancelled',
    'lost',
    'preempted',
    'drained',
  ]),
  assignedAt: text,
  startedAt: textOrNull,
  endedAt: textOrNull,
  durationMs: numberOrNull,
  exitCode: numberOrNull,
  signal: numberOrNull,
  error: textOrNull,
  usage: usageReply.nullable().default(null),
  artifacts: z.array(artifactReply).readonly().default([]),
}) satisfies z.ZodType<AttemptView>;

const roleReply = z.object({
  kind: z.enum(['teardown', 'hook', 'compensation']),
  on: textOrNull,
  of: textOrNull,
});

export const waitsReply = z.object({
  for: z.enum(['time', 'look', 'round', 'approval', 'run', 'event']),
  since: text,
  until: textOrNull,
  looks: numberOrNull,
  giveUpAt: textOrNull,
  dagId: textOrNull,
  runId: textOrNull,
});

const causeReply = z.object({
  on: text,
  taskId: textOrNull,
  mapIndex: z.number(),
  state: text,
  reason: textOrNull,
});

export const taskReply = z.object({
  taskId: text,
  mapIndex: z.number(),
  type: text,
  state: z.enum(taskStates),
  dependsOn: z.array(text).readonly(),
  triggerRule: text,
  group: newText,
  map: newText,
  role: roleReply.nullable().default(null),
  node: textOrNull,
  attempts: z.array(attemptReply).readonly(),
  startedAt: textOrNull,
  endedAt: textOrNull,
  durationMs: numberOrNull,
  retryAt: textOrNull,
  reason: textOrNull,
  waits: waitsReply.nullable().default(null),
  rounds: z.number().default(0),
  cause: causeReply.nullable().default(null),
  slaMissed: z.boolean().default(false),
  markedBy: newText,
}) satisfies z.ZodType<TaskView>;

export const taskDetailReply = taskReply.extend({
  runId: text,
  output: z.unknown(),
  item: z.unknown().default(null),
}) satisfies z.ZodType<TaskDetailView>;

const countsReply = z.partialRecord(z.enum(taskStates), z.number());

export const runDetailReply = runReply.extend({
  counts: countsReply,
  tasks: z.array(taskReply).readonly(),
  tasksLeftOut: z.number().default(0),
  maps: z
    .array(
      z.object({
        map: text,
        members: z.array(text).readonly(),
        size: numberOrNull,
        counts: z.record(text, countsReply),
        activeMax: numberOrNull,
      }),
    )
    .readonly()
    .default([]),
  notes: z
    .array(z.object({ at: text, by: text, text }))
    .readonly()
    .default([]),
  payload: z.unknown().default(null),
}) satisfies z.ZodType<RunDetailView>;

export const dagReply = z.object({
  dagId: text,
  namespace: text,
  versionId: text,
  paused: z.boolean(),
  description: text,
  owners: z.array(text).readonly(),
  tags: z.array(text).readonly(),
  schedules: z.array(text).readonly(),
  nextFireAt: textOrNull,
  activeRuns: z.number(),
  tasks: z.number(),
  createdAt: text,
  updatedAt: text,
}) satisfies z.ZodType<DagView>;

/** The part of a version's content that clients read by name; the reply carries all of it. */
const specReply = z.object({
  params: z.record(
    z.string(),
    z.object({
      type: text,
      default: paramValue,
      enum: z.array(paramValue).readonly().nullable(),
    }),
  ),
  tasks: z.record(
    z.string(),
    z.object({
      action: z.object({ kind: text }),
      dependsOn: z.array(text).readonly(),
      triggerRule: text,
      retries: z.number(),
      resources: amounts,
    }),
  ),
});

export const dagDetailReply = dagReply.extend({ spec: specReply });

export const versionReply = z.object({
  versionId: text,
  createdAt: text,
  createdBy: text,
  tasks: z.number(),
  current: z.boolean(),
}) satisfies z.ZodType<VersionView>;

export const eventReply = z.object({
  index: z.number(),
  at: text,
  by: text,
  what: text,
  taskId: textOrNull,
  mapIndex: numberOrNull,
  state: text,
  attempt: numberOrNull,
  token: numberOrNull,
  node: textOrNull,
  exitCode: numberOrNull,
  reason: textOrNull,
}) satisfies z.ZodType<EventView>;

/** What a node of the previous version does not say yet, so that it can be asked all the same. */
const laterText = textOrNull.default(null);
const laterNumber = numberOrNull.default(null);

export const clusterReply = z.object({
  cluster: text,
  clusterId: text,
  leader: textOrNull,
  term: z.number(),
  commit: z.number(),
  expect: z.number().default(0),
  autopilot: z.boolean().default(false),
  pendingChange: laterNumber,
  members: z
    .array(
      z.object({
        node: text,
        role: text,
        held: z.boolean().default(false),
        incarnation: laterText,
        state: z.enum(['alive', 'lost', 'unknown']),
        address: textOrNull,
        capacity: amounts,
        used: amounts,
        labels: texts,
        pool: laterText,
        drained: z.boolean().default(false),
        since: textOrNull,
        match: laterNumber,
        lag: laterNumber,
        heardMsAgo: laterNumber,
        catchesUpBy: laterText,
        version: laterText,
      }),
    )
    .readonly(),
}) satisfies z.ZodType<ClusterView>;

const member = z.object({ node: text, incarnation: text });

/** The configuration after a change, and the log index that brought it. */
export const membersReply = z.object({
  index: z.number(),
  members: z.object({
    voters: z.array(member).readonly(),
    learners: z.array(member.extend({ held: z.boolean() })).readonly(),
  }),
});

const latency = z.object({ p99: z.number(), max: z.number() });

/** Of the logs of tasks on a node: `LogFigures`. */
const logFigures = z.object({
  target: textOrNull,
  attempts: z.number(),
  lagBytes: z.number(),
  copiedBytes: z.number(),
  keptBytes: z.number(),
  ...{ flushedBytes: z.number().optional(), pacedMs: z.number().optional() },
  ...{ cutBytes: z.number(), cutFailures: z.number() },
  dropped: z.number(),
  bytes: z.number(),
  removed: z.number(),
  artifacts: z.record(z.enum(['bytes', 'fetchedBytes', 'removed']), z.number()).optional(),
  archive: z
    .object({
      ...{ waiting: z.number(), archived: z.number() },
      ...{ failures: z.number(), dropped: z.number() },
    })
    .optional(),
});

export const nodeReply = z.object({
  node: text,
  incarnation: text,
  cluster: text,
  clusterId: text,
  role: z.enum(['leader', 'follower', 'candidate', 'forming']),
  term: z.number(),
  vote: textOrNull,
  leader: textOrNull,
  commit: z.number(),
  applied: z.number(),
  lastIndex: z.number(),
  durableIndex: z.number().default(0),
  snapshotIndex: z.number(),
  member: z.enum(['voter', 'learner', 'none']).default('none'),
  digest: textOrNull,
  digestIndex: z.number(),
  version: text,
  uptimeMs: z.number(),
  loopDelayMs: latency,
  syncMs: latency,
  disk: z.object({ freeBytes: z.number(), low: z.boolean() }).default({ freeBytes: 0, low: false }),
  setAside: z.number().default(0),
  snapshots: z
    .object({ sending: z.number(), receiving: z.number() })
    .default({ sending: 0, receiving: 0 }),
  nats: z.object({ control: z.boolean(), bulk: z.boolean(), server: text }),
  executor: z.object({
    alive: z.boolean(),
    containment: text,
    limits: text.default('none'),
    controllers: z.array(text).readonly().default([]),
    logs: logFigures.nullable().default(null),
    heartbeats: z
      .object({ answered: z.number(), missed: z.number(), gapMsMax: z.number() })
      .nullable()
      .default(null),
  }),
  counters: amounts,
});

export const page = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item).readonly(),
    /** Give it back as `?cursor=` for the next page; null on the last one. */
    cursor: textOrNull,
  });

export const appliedReply = z.object({
  dagId: text,
  namespace: text,
  versionId: text,
  outcome: z.enum(['created', 'changed', 'unchanged', 'checked']),
  index: z.number(),
});

export const problemReply = z.object({
  type: text,
  code: text,
  status: z.number(),
  title: text,
  detail: text,
  next: text,
  problems: z
    .array(
      z.object({
        code: text,
        path: text,
        line: numberOrNull,
        column: numberOrNull,
        message: text,
      }),
    )
    .readonly(),
});
