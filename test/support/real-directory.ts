/**
 * A data directory on a real disk: identity, log and ledger, written by the code that a node writes
 * them with and filled from a story. For tests that damage it, and for those that dump it.
 */
import { clusterId, incarnation, logIndex, nodeId, term } from '../../src/base/brand.ts';
import type { Clock, DiskError, Store, StoreRow } from '../../src/base/ports.ts';
import type { Result } from '../../src/base/result.ts';
import { silentTrace } from '../../src/base/trace.ts';
import { decodeRecord, encodeRecord } from '../../src/model/record.ts';
import { State } from '../../src/model/state.ts';
import { realClock } from '../../src/node/real-ports.ts';
import type { Entry, LogBatch } from '../../src/raft/log-store.ts';
import { encodeMembers, isMembersPayload } from '../../src/raft/members.ts';
import {
  type Identity,
  type IdentityFault,
  readIdentity,
  writeIdentity,
} from '../../src/storage/identity.ts';
import { type Ledger, ledgerDefaults } from '../../src/storage/ledger.ts';
import { openLedger } from '../../src/storage/ledger-open.ts';
import {
  type LedgerPlace,
  readLedgerPlace,
  writeLedgerPlace,
} from '../../src/storage/ledger-place.ts';
import { openLevelDisk } from '../../src/storage/level.ts';
import { describeLogFault, type LogFault } from '../../src/storage/log-fault.ts';
import { type DurableLog, openLogStore } from '../../src/storage/log-store.ts';
import { unpackValue } from '../../src/storage/pack.ts';
import { firstMembers } from '../ports/disk-log-model.ts';
import { type Move, Story } from './ledger-story.ts';

export const clock: Clock = realClock;

export const ask = <T>(start: (done: (value: T) => void) => void): Promise<T> =>
  new Promise((resolve) => start(resolve));

export const directoryIdentity: Identity = {
  clusterName: 'prod',
  clusterId: clusterId('c-1'),
  node: nodeId('a'),
  incarnation: incarnation('a-1'),
  voters: firstMembers.voters,
  hasStores: true,
};

export interface DirectoryPlan {
  /** Records in the log and in the ledger; a configuration and a no-op follow. */
  readonly records: number;
  readonly purgeTo?: number;
  /** What the records with a digest say of it. */
  readonly digestOf?: (index: number, digest: string) => string;
}

/** Every so many records carry a digest. */
export const digestStep = 10;

const lawfulMoves = (n: number): Move[] => [
  { kind: n, pick: n },
  { kind: n + 5, pick: n * 7 },
];

/** Makes a directory, in two lives, so that tables and journals both hold a part of it. */
export async function makeDirectory(path: string, plan: DirectoryPlan): Promise<Story> {
  const story = new Story();
  for (let n = 0; n < plan.records; n++) story.tell(lawfulMoves(n));
  const disk = openLevelDisk(path);
  await settledWell((done) => writeIdentity({ disk, identity: directoryIdentity }, done));
  const place = { store: 'ledger', number: 0, base: undefined };
  await settledWell((done) => writeLedgerPlace(disk, place, done));
  const half = plan.records >> 1;
  await live(path, { create: true, entries: entriesOf(story, plan, 1, half) }, story);
  const rest = entriesOf(story, plan, half + 1, plan.records + 2);
  await live(path, { create: false, entries: rest, purgeTo: plan.purgeTo }, story);
  return story;
}

function entriesOf(story: Story, plan: DirectoryPlan, from: number, to: number): Entry[] {
  const entries: Entry[] = [];
  for (let at = from; at <= to; at++) {
    const index = logIndex(at);
    entries.push({
      index,
      term: term(at > plan.records ? 3 : 2),
      payload: payloadAt(story, plan, at),
    });
  }
  return entries;
}

function payloadAt(story: Story, plan: DirectoryPlan, at: number): Uint8Array {
  const commit = story.commits[at - 1];
  if (commit === undefined) {
    return at === plan.records + 1 ? new Uint8Array() : encodeMembers(firstMembers);
  }
  const { decisions } = commit;
  const record = { version: 1, at: commit.at, decisions };
  const own = story.chapters[at]?.digest ?? '';
  const digest = plan.digestOf?.(at, own) ?? own;
  return encodeRecord(at % digestStep === 0 ? { ...record, digest } : record);
}

async function live(
  path: string,
  life: {
    readonly create: boolean;
    readonly entries: readonly Entry[];
    readonly purgeTo?: number | undefined;
  },
  story: Story,
): Promise<void> {
  const { create, entries, purgeTo } = life;
  const log = wellOpened(await openLog(path, create));
  const ledger = await openTheLedger(path, create);
  const batch: LogBatch = {
    hardState: { term: term(create ? 2 : 3), vote: nodeId('b') },
    truncateFrom: undefined,
    append: [],
    purgeTo: undefined,
  };
  await settledWell((done) => log.write(batch, done));
  for (const entry of entries) {
    const append = { ...batch, hardState: undefined, append: [entry] };
    await settledWell((done) => log.write(append, done));
    const commit = story.commits[entry.index - 1];
    if (commit === undefined) continue;
    ledger.commit(commit);
    await settledWell((done) => ledger.flush(done));
  }
  if (purgeTo !== undefined) {
    const purge = { ...batch, hardState: undefined, purgeTo: logIndex(purgeTo) };
    await settledWell((done) => log.write(purge, done));
  }
  await ask<void>((done) => ledger.close(done));
  await ask<void>((done) => log.close(done));
}

const openLog = (path: string, create: boolean): Promise<Result<DurableLog, LogFault>> =>
  ask((done) =>
    openLogStore({ disk: openLevelDisk(path), clock, create, members: firstMembers }, done),
  );

function wellOpened(log: Result<DurableLog, LogFault>): DurableLog {
  if (!log.ok) throw new Error(describeLogFault(log.error));
  return log.value;
}

async function openTheLedger(path: string, create: boolean): Promise<Ledger> {
  const ledger = await ask<Result<Ledger, DiskError>>((done) =>
    openLedger(
      {
        disk: openLevelDisk(path),
        clock,
        create,
        settings: ledgerDefaults,
        trace: silentTrace,
        onFailure: () => {},
      },
      done,
    ),
  );
  if (!ledger.ok) throw ledger.error;
  return ledger.value;
}

async function settledWell(
  start: (done: (error: DiskError | undefined) => void) => void,
): Promise<void> {
  const error = await ask(start);
  if (error !== undefined) throw error;
}

/**
 * All that a node would read in its life, as text; rejects with whatever it would stop for. What a
 * ledger has lost at its end it gets again from the log, as in a node. It opens the directory, so
 * it changes it: give it a copy.
 */
export async function contentOf(path: string): Promise<string> {
  const disk = openLevelDisk(path);
  const expected = { clusterName: 'prod', node: directoryIdentity.node };
  const identity = await ask<Result<Identity | undefined, IdentityFault>>((done) =>
    readIdentity({ disk, expected }, done),
  );
  if (!identity.ok) throw new Error(`identity: ${identity.error.kind}`);
  if (identity.value === undefined) throw new Error('identity: lost');
  const place = unwrapped(
    await ask<Result<LedgerPlace, DiskError>>((done) => readLedgerPlace(disk, done)),
  );
  const { found, entries } = await logContent(path);
  await catchUp(path, { baseIndex: found.base.index, entries });
  const rows = await ledgerRows(path);
  const texts = entries.map((entry) => [
    entry.index,
    entry.term,
    Buffer.from(entry.payload).toString('base64'),
  ]);
  return JSON.stringify([identity.value, place, found, texts, rows]);
}

async function logContent(path: string) {
  const log = wellOpened(await openLog(path, false));
  const { found } = log;
  const from = logIndex(found.base.index + 1);
  const read = await ask<Result<readonly Entry[], DiskError>>((done) =>
    log.read({ from, to: found.lastIndex, maxBytes: 1e9 }, done),
  );
  await ask<void>((done) => log.close(done));
  return { found, entries: unwrapped(read) };
}

/** Loads the ledger and brings it to the end of the log. */
async function catchUp(
  path: string,
  log: { readonly baseIndex: number; readonly entries: readonly Entry[] },
): Promise<void> {
  const ledger = await openTheLedger(path, false);
  try {
    const state = new State();
    const { appliedIndex } = ledger;
    const loaded = await ask<Result<unknown, DiskError>>((done) =>
      ledger.load((fact) => state.apply(fact), done),
    );
    unwrapped(loaded);
    if (appliedIndex < log.baseIndex) throw new Error('the ledger is behind the log');
    if (appliedIndex > (log.entries.at(-1)?.index ?? 0)) throw new Error('the log was cut');
    for (const { index, payload } of log.entries) {
      if (index <= appliedIndex || payload.length === 0 || isMembersPayload(payload)) continue;
      const { at, decisions } = decodeRecord(payload);
      const applied = decisions.flatMap(({ facts }) => facts.map((fact) => state.apply(fact)));
      ledger.commit({ index, at, decisions, applied });
      await settledWell((done) => ledger.flush(done));
    }
  } finally {
    await ask<void>((done) => ledger.close(done));
  }
}

async function ledgerRows(path: string): Promise<unknown> {
  const store = unwrapped(
    await ask<Result<Store, DiskError>>((done) =>
      openLevelDisk(path).openStore('ledger', { create: false, damaged: () => {} }, done),
    ),
  );
  const range = { from: '', to: '~', limit: 1_000_000 };
  const rows = await ask<Result<readonly StoreRow[], DiskError>>((done) => store.scan(range, done));
  await ask<void>((done) => store.close(done));
  return unwrapped(rows).map((row) => [row.key, unwrapped(unpackValue<unknown>(row))]);
}

function unwrapped<T>(result: Result<T, DiskError>): T {
  if (!result.ok) throw result.error;
  return result.value;
}
