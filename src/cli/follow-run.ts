/**
 * Follows a run live: its state now, then every change of it as it is committed, on whichever node
 * answers. When a node goes away the stream goes on at another one, from the last log index seen.
 */
import { z } from 'zod';
import { contract } from '../api/contract.ts';
import { waitsReply } from '../api/contract-replies.ts';
import { serverEvents } from '../api/server-events.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { endingStages } from '../model/run.ts';
import { endingText, waitsText } from '../model/views.ts';
import { type Client, pause } from './client.ts';
import { exitCodes, type Failure } from './exit-codes.ts';
import { whenText } from './format.ts';

/** How long no node may answer before following is given up, in milliseconds. */
const patienceMs = 60_000;
/** A node that ends streams at once is not asked in a tight loop. */
const reconnectPauseMs = 50;

const attempt = z.object({
  number: z.number(),
  node: z.string(),
  startedAt: z.number().nullable().optional(),
  endedAt: z.number().optional(),
  assignedAt: z.number(),
  error: z.string().nullable().optional(),
});

/** A row of a task instance, as far as a line about it needs. */
const taskRow = z.object({
  taskId: z.string(),
  mapIndex: z.number(),
  status: z.string(),
  attempt: attempt.optional(),
  attempts: z.array(attempt),
  reason: z.string().optional(),
  retryAt: z.number().optional(),
  since: z.number().optional(),
  until: z.number().nullable().optional(),
  waitsFor: z
    .object({
      kind: waitsReply.shape.for,
      looks: z.number().optional(),
      dagId: z.string().optional(),
      runId: z.string().optional(),
    })
    .optional(),
});

const runRow = z.object({
  status: z.string(),
  reason: z.string().optional(),
  isPaused: z.boolean().optional(),
  heldBy: z.string().optional(),
  ending: z.object({ becoming: z.string(), stage: z.enum(endingStages) }).optional(),
});

const expansionRow = z.object({ mapId: z.string(), size: z.number() });

const eventData = z.object({
  index: z.number(),
  at: z.string(),
  decisions: z.array(
    z.object({ facts: z.array(z.object({ table: z.string(), row: z.unknown() })) }),
  ),
});

/** One change of the run or of one of its tasks. */
export interface RunChange {
  readonly at: string;
  readonly index: number;
  /** Null for the run itself; the map where a list has become known. */
  readonly taskId: string | null;
  readonly mapIndex: number | null;
  /** The map that the task is a member of. */
  readonly map: string | null;
  readonly state: string;
  readonly attempt: number | null;
  readonly node: string | null;
  readonly durationMs: number | null;
  readonly reason: string | null;
}

export interface FollowOptions {
  readonly client: Client;
  readonly runId: string;
  /** The namespace rides with the client; this is the log index of a write that made the run. */
  readonly minIndex: number | null;
  readonly onChange: (change: RunChange) => void;
  /** Aborted when the caller has waited long enough. */
  readonly deadline: AbortSignal;
}

const hasEnded = (state: string): boolean =>
  state === 'success' || state === 'failed' || state === 'cancelled';

/** The state in which the run ended. */
export async function followRun(options: FollowOptions): Promise<Result<string, Failure>> {
  const { client, runId, onChange, deadline } = options;
  const first = await readRun(options, options.minIndex);
  if (!first.ok) return first;
  const run = first.value.value;
  if (hasEnded(run.state)) return ok(run.state);
  const mapOf = new Map(run.maps.flatMap(({ map, members }) => members.map((id) => [id, map])));
  const told = new Map(run.tasks.map((task) => [nameOf(task), wordOf(seenChange(task, 0))]));
  const tell = (change: RunChange): void => {
    told.set(nameOf(change), wordOf(change));
    onChange(change);
  };
  let after = first.value.index;
  let silentSinceMs = performance.now();
  while (!deadline.aborted && performance.now() - silentSinceMs < patienceMs) {
    const opened = await client.open(
      contract.streamEvents,
      { params: {}, query: { run: runId, after: String(after) } },
      null,
    );
    if (!opened.ok && opened.error.code === 'EVENTS_GONE') {
      // We slept, or this node has begun on a snapshot: its log does not reach back to where we
      // are. The run goes on, so its rows say what we have missed.
      const again = await readRun(options, after);
      if (!again.ok && again.error.exitCode !== exitCodes.unavailable) return again;
      if (again.ok) {
        const { value: now, index } = again.value;
        after = Math.max(after, index);
        const seen = now.tasks.map((task) => seenChange(task, index));
        for (const change of seen) if (told.get(nameOf(change)) !== wordOf(change)) tell(change);
        if (hasEnded(now.state)) return ok(now.state);
      }
      await pause(reconnectPauseMs, deadline);
      continue;
    }
    if (!opened.ok) {
      if (opened.error.exitCode !== exitCodes.unavailable) return opened;
      continue;
    }
    const read = await readStream(opened.value, deadline, (change, index) => {
      silentSinceMs = performance.now();
      after = Math.max(after, index);
      if (change !== null) tell({ ...change, map: mapOf.get(change.taskId ?? '') ?? null });
      return change !== null && change.taskId === null && hasEnded(change.state);
    });
    if (read !== null) return ok(read);
    await pause(reconnectPauseMs, deadline);
  }
  return deadline.aborted ? fail(timedOut(runId)) : fail(lostSight(runId));
}

/** The run as it is at that log index or later. */
function readRun({ client, runId }: FollowOptions, minIndex: number | null) {
  const query = minIndex === null ? {} : { minIndex: String(minIndex) };
  return client.call(contract.getRun, { params: { runId }, query });
}

type TaskSeen = z.output<typeof contract.getRun.reply>['tasks'][number];

/** A task instance as a read of the run shows it, in the shape of a change. */
function seenChange(task: TaskSeen, index: number): RunChange {
  const { taskId, mapIndex, map, state, node, durationMs, reason } = task;
  const at = task.endedAt ?? task.startedAt ?? isoOf(Date.now());
  const attempt = task.attempts.at(-1)?.attempt ?? null;
  return { at, index, taskId, mapIndex, map, state, attempt, node, durationMs, reason };
}

const nameOf = ({ taskId, mapIndex }: Pick<RunChange, 'taskId' | 'mapIndex'>): string =>
  `${taskId ?? ''} ${mapIndex ?? ''}`;

/** What a line about it tells that a line before may have told already. */
const wordOf = ({ state, attempt }: RunChange): string => `${state} ${attempt ?? ''}`;

/** The final state, or null when the stream broke off before. */
async function readStream(
  response: Response,
  deadline: AbortSignal,
  onEvent: (change: RunChange | null, index: number) => boolean,
): Promise<string | null> {
  if (response.body === null) return null;
  const { body } = response;
  const reader = body.getReader();
  const cut = (): void => void reader.cancel().catch(() => {});
  deadline.addEventListener('abort', cut, { once: true });
  const bytes = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  try {
    for await (const event of serverEvents(bytes)) {
      onEvent(null, Number(event.id));
      if (event.data === '') continue;
      for (const change of changesOf(event.data)) {
        if (onEvent(change, change.index)) return change.state;
      }
    }
  } catch {
    // The node went away; the caller looks for another one.
  } finally {
    deadline.removeEventListener('abort', cut);
    cut();
  }
  return null;
}

function changesOf(text: string): readonly RunChange[] {
  const data: unknown = JSON.parse(text);
  const parsed = eventData.safeParse(data);
  if (!parsed.success) return [];
  const { index, at, decisions } = parsed.data;
  return decisions.flatMap(({ facts }) =>
    facts.flatMap(({ table, row }) => {
      if (table === 'task') return taskChange(row, { at, index });
      if (table === 'expansion') return expansionChange(row, { at, index });
      return table === 'run' ? runChange(row, { at, index }) : [];
    }),
  );
}

interface When {
  readonly at: string;
  readonly index: number;
}

function taskChange(row: unknown, when: When): readonly RunChange[] {
  const parsed = taskRow.safeParse(row);
  if (!parsed.success) return [];
  const { taskId, mapIndex, status, attempt: live, attempts } = parsed.data;
  const newest = live ?? attempts.at(-1);
  const startedAt = newest?.startedAt ?? newest?.assignedAt;
  const endedAt = live === undefined ? newest?.endedAt : undefined;
  return [
    {
      ...when,
      taskId,
      mapIndex,
      map: null,
      state: status,
      attempt: newest?.number ?? null,
      node: newest?.node ?? null,
      durationMs:
        startedAt === undefined || endedAt === undefined ? null : Math.max(0, endedAt - startedAt),
      reason: reasonOf(parsed.data) ?? (live === undefined ? (newest?.error ?? null) : null),
    },
  ];
}

const isoOf = (at: number): string => new Date(at).toISOString();

function reasonOf(row: z.output<typeof taskRow>): string | null {
  const { waitsFor, retryAt, reason = null } = row;
  if (retryAt !== undefined) return `${reason ?? ''}, again at ${whenText(isoOf(retryAt))}`;
  if (waitsFor === undefined) return reason;
  const { kind, looks = null, dagId = null, runId = null } = waitsFor;
  const until = row.until == null ? null : isoOf(row.until);
  const since = isoOf(row.since ?? 0);
  const waits = { for: kind, since, until, looks, giveUpAt: null, dagId, runId };
  return waitsText(waits, whenText);
}

function expansionChange(row: unknown, when: When): readonly RunChange[] {
  const parsed = expansionRow.safeParse(row);
  if (!parsed.success) return [];
  const { mapId, size } = parsed.data;
  const nothing = { mapIndex: null, map: null, attempt: null, node: null, durationMs: null };
  const reason = size === 1 ? '1 item' : `${size} items`;
  return [{ ...when, ...nothing, taskId: mapId, state: 'expanded', reason }];
}

function runChange(row: unknown, when: When): readonly RunChange[] {
  const parsed = runRow.safeParse(row);
  if (!parsed.success) return [];
  const { status, reason, ending, isPaused, heldBy } = parsed.data;
  const doing = ending === undefined ? undefined : endingText(ending);
  const why = reason ?? (isPaused === true ? 'paused' : doing) ?? heldBy ?? null;
  const nothing = { attempt: null, node: null, durationMs: null };
  const whole = { taskId: null, mapIndex: null, map: null };
  return [{ ...when, ...nothing, ...whole, state: status, reason: why }];
}

const timedOut = (runId: string): Failure => ({
  exitCode: exitCodes.timeout,
  code: 'TIMED_OUT',
  detail: `run ${runId} has not ended in time; it goes on`,
  next: `Look at it with \`skein show ${runId}\`, or stop it with \`skein cancel ${runId}\`.`,
});

const lostSight = (runId: string): Failure => ({
  exitCode: exitCodes.unavailable,
  code: 'UNREACHABLE',
  detail: `no node has told anything about run ${runId} for a while`,
  next: `The run goes on without us: look at it later with \`skein show ${runId}\`.`,
});
