/**
 * Raft messages as they travel. All but `append` are plain data already; an append carries its
 * payloads as one list and its terms as runs, because field names per entry would weigh more than
 * small entries do. What arrives was sealed by a member of the cluster; still it is checked for
 * shape, so that another version's message is dropped and not half understood.
 */
import { logIndex, type Term, term } from '../base/brand.ts';
import { TooNew } from '../base/too-new.ts';
import type { Entry } from './log-store.ts';
import { decodeMembers } from './members.ts';
import type { Append, Message, SendAppend } from './types.ts';

/** Where Raft's messages go in and out. */
export const raftInbox = 'raft';

/**
 * What this software understands: 1 is the first version, 2 knows configurations in the log and
 * snapshots, 3 to 5 records of version 2 to 4. It travels with every answer to a heartbeat and
 * every pre-vote, so that the leader writes nothing that a member could not read (P90).
 */
export const protocolVersion = 5;
/** Who speaks this knows configurations. */
export const protocolOfMembers = 2;
/** Who speaks this knows records of `version`; all know those of version 1. */
export const protocolOfRecords = (version: number): number => (version === 1 ? 1 : version + 1);

interface WireAppend extends Omit<Append, 'entries'> {
  /** Pairs: how many entries, of which term. */
  readonly runs: readonly number[];
  readonly payloads: readonly Uint8Array[];
}

export type WireMessage = Exclude<Message, Append> | WireAppend;

/** `entries` are what the cache or the store had for the range of `send`. */
export function wireAppend(send: SendAppend, entries: readonly Entry[]): WireMessage {
  const { prevIndex, prevTerm, commit } = send;
  const runs: number[] = [];
  const payloads: Uint8Array[] = [];
  let runTerm: Term | undefined;
  for (const entry of entries) {
    payloads.push(entry.payload);
    if (entry.term === runTerm) {
      runs[runs.length - 2] = (runs.at(-2) ?? 0) + 1;
    } else {
      runs.push(1, entry.term);
      runTerm = entry.term;
    }
  }
  return { kind: 'append', term: send.term, prevIndex, prevTerm, commit, runs, payloads };
}

/** What a message says beside itself: of the node that sent it. */
export interface Vitals {
  /** The protocol version that the sender speaks. */
  readonly speaks: number;
  /** The sender's disk is nearly full. */
  readonly diskLow: boolean;
}

/**
 * Vitals ride along with answers to heartbeats, and with what a member sends that hears none: the
 * leader may hear such a one for long, and would wait for what it has to say.
 */
const tellsVitals = (kind: unknown): boolean => kind === 'heartbeat-answer' || kind === 'pre-vote';

export const withVitals = (message: Message, vitals: Vitals): object =>
  tellsVitals(message.kind) ? { ...message, ...vitals } : message;

/** Undefined when the message says nothing of its sender. */
export function vitalsOf(value: unknown): Vitals | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('kind' in value) || !tellsVitals(value.kind)) return undefined;
  const diskLow = 'diskLow' in value && value.diskLow === true;
  if ('speaks' in value && isCount(value.speaks)) return { speaks: Number(value.speaks), diskLow };
  // Version 1 said nothing of itself, and up to version 4 only answers did.
  return value.kind === 'heartbeat-answer' ? { speaks: 1, diskLow } : undefined;
}

/** Version 1 did not say where its log ends; nothing can be concluded from its answers. */
const fromVersion1 = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'kind' in value && !('lastIndex' in value)
    ? value.kind === 'heartbeat-answer' && { ...value, lastIndex: Number.MAX_SAFE_INTEGER }
    : value;

/** Undefined when this is not a message that we know. */
export function fromWire(received: unknown): Message | undefined {
  const value = isWireMessage(received) ? received : fromVersion1(received);
  if (!isWireMessage(value)) return undefined;
  if (value.kind !== 'append') return value;
  const { kind, prevIndex, prevTerm, commit, runs, payloads } = value;
  const entries: Entry[] = [];
  let at = 0;
  for (let pair = 0; pair + 1 < runs.length; pair += 2) {
    const end = at + (runs[pair] ?? 0);
    const runTerm = term(runs[pair + 1] ?? 0);
    for (; at < end; at++) {
      const payload = payloads[at];
      if (payload === undefined) return undefined;
      entries.push({ index: logIndex(prevIndex + at + 1), term: runTerm, payload });
    }
  }
  if (at !== payloads.length) return undefined;
  return { kind, term: value.term, prevIndex, prevTerm, commit, entries };
}

/**
 * A configuration among a message's entries that only a newer version can read. Nothing of such a
 * message may be kept: a node that passed over it would count votes by other members (P90).
 */
export function tooNewIn(message: Message): TooNew | undefined {
  if (message.kind !== 'append') return undefined;
  try {
    for (const { payload } of message.entries) decodeMembers(payload);
    return undefined;
  } catch (error) {
    if (error instanceof TooNew) return error;
    throw error;
  }
}

type Shape = 'number' | 'boolean' | 'numbers' | 'payloads';

const shapes = {
  'pre-vote': { term: 'number', lastIndex: 'number', lastTerm: 'number' },
  'pre-vote-answer': { term: 'number', granted: 'boolean', voterTerm: 'number' },
  vote: { term: 'number', lastIndex: 'number', lastTerm: 'number', transfer: 'boolean' },
  'vote-answer': { term: 'number', granted: 'boolean' },
  append: {
    term: 'number',
    prevIndex: 'number',
    prevTerm: 'number',
    commit: 'number',
    runs: 'numbers',
    payloads: 'payloads',
  },
  'append-accepted': { term: 'number', match: 'number' },
  'append-rejected': {
    term: 'number',
    prevIndex: 'number',
    hintIndex: 'number',
    hintTerm: 'number',
  },
  heartbeat: { term: 'number', commit: 'number', round: 'number' },
  'heartbeat-answer': {
    term: 'number',
    round: 'number',
    match: 'number',
    received: 'number',
    lastIndex: 'number',
  },
  'commit-notice': { term: 'number', commit: 'number' },
  'timeout-now': { term: 'number' },
  'read-request': { term: 'number', id: 'number' },
  'read-answer': { term: 'number', id: 'number', index: 'number' },
} as const satisfies {
  readonly [Kind in WireMessage['kind']]: {
    readonly [Field in Exclude<keyof Extract<WireMessage, { kind: Kind }>, 'kind'>]: Shape;
  };
};

const shapesByKind = new Map<unknown, readonly (readonly [string, Shape])[]>(
  Object.entries(shapes).map(([kind, shape]) => [kind, Object.entries(shape)]),
);

function isWireMessage(value: unknown): value is WireMessage {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(value));
  const shape = shapesByKind.get(value.kind);
  return shape?.every(([field, expected]) => hasShape(fields.get(field), expected)) ?? false;
}

function hasShape(value: unknown, shape: Shape): boolean {
  switch (shape) {
    case 'number':
      return isCount(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'numbers':
      return Array.isArray(value) && value.every(isCount);
    default:
      return Array.isArray(value) && value.every((item) => item instanceof Uint8Array);
  }
}

/** Terms, indexes, rounds and ids: exact, and never below zero. */
const isCount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
