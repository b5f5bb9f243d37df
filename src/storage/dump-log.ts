/**
 * The log's part of a dump: head, mark, base and every entry that can be read, as far as it can be
 * read. What a node would say at open is not decided here but by opening the log (dump-verify.ts).
 */
import { type LogIndex, logIndex } from '../base/brand.ts';
import type { Clock, Disk, DiskError, Store } from '../base/ports.ts';
import type { Result } from '../base/result.ts';
import { decodeRecord, type LogRecord } from '../model/record.ts';
import type { LogBase } from '../raft/log-store.ts';
import { decodeMembers } from '../raft/members.ts';
import { ask, type DumpSink, eachRow } from './dump-sink.ts';
import { type OpenedHead, openDurableHead } from './durable-head.ts';
import { baseKey, markKey } from './keyspace.ts';
import { emptyMark, type LogMark, markOf, type StoredMark } from './log-mark.ts';
import { decodeEntry, type LinkedEntry } from './log-rows.ts';
import { logNames } from './log-store.ts';
import { unseal } from './seal.ts';

const [storeName, headName] = logNames;

export interface LogDump {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly sink: DumpSink;
  readonly show: { readonly log: boolean; readonly facts: boolean };
  /** Called with each entry that could be read. */
  readonly visit: (index: LogIndex, record: LogRecord | undefined) => void;
  /** Called when an entry could not be read. */
  readonly broken: () => void;
}

export interface LogHead {
  readonly mark: LogMark;
  readonly base: LogBase | undefined;
}

/** The mark and the base alone; undefined when the mark cannot be read. */
export async function readLogHead(disk: Disk, sink: DumpSink): Promise<LogHead | undefined> {
  return withStore(disk, sink, async (store) => {
    const markRow = await ask<Row>((done) => store.get(markKey, done));
    const baseRow = await ask<Row>((done) => store.get(baseKey, done));
    const stored = unsealed<StoredMark>(markRow) ?? (markRow.ok && !markRow.value && emptyMark);
    if (!stored) {
      sink.fault('log mark', 'it cannot be read');
      return undefined;
    }
    return { mark: markOf(stored), base: unsealed<LogBase>(baseRow) };
  });
}

/** Emits the lines; the value is how many entries could be read. */
export async function dumpLog(dump: LogDump, head: LogHead | undefined): Promise<number> {
  const { disk, clock, sink, show } = dump;
  if (show.log) {
    const slots = await ask<Result<OpenedHead, DiskError>>((done) =>
      openDurableHead({ disk, clock, name: headName, create: false }, done),
    );
    if (slots.ok) await ask<void>((done) => slots.value.head.close(done));
    sink.line({ kind: 'head', ...((slots.ok && slots.value.found) || { found: false }) });
    if (head !== undefined) {
      sink.line({ kind: 'mark', ...head.mark });
      if (head.base !== undefined) sink.line({ kind: 'base', ...head.base });
    }
  }
  const counted = await withStore(disk, sink, async (store) => {
    let entries = 0;
    const end = await eachRow({ store, sink }, (key, value) => {
      if (key === markKey || key === baseKey) return;
      const decoded = decodeEntry({ key, value });
      if (decoded.ok) {
        entries += 1;
        takeEntry(dump, decoded.value);
      } else {
        sink.fault(key, decoded.error);
        dump.broken();
      }
    });
    if (!end.ok) {
      sink.fault('log', end.error.message);
      dump.broken();
    }
    return entries;
  });
  return counted ?? 0;
}

function takeEntry(dump: LogDump, { entry, chain }: LinkedEntry): void {
  const { sink, show } = dump;
  const { index, term, payload } = entry;
  const line = { kind: 'entry', index, term, chain };
  try {
    const members = decodeMembers(payload);
    const isRecord = payload.length > 0 && members === undefined;
    const record = isRecord ? decodeRecord(payload) : undefined;
    if (show.log) sink.line({ ...line, ...contentOf(record, members) });
    if (show.facts && record !== undefined) showFacts(sink, index, record);
    dump.visit(index, record);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    sink.fault(`entry ${index}`, `its payload cannot be read: ${what}`);
    dump.broken();
  }
}

const contentOf = (record: LogRecord | undefined, members: object | undefined): object => {
  if (record !== undefined) return { record };
  return members === undefined ? { noop: true } : { members };
};

function showFacts(sink: DumpSink, index: LogIndex, { at, decisions }: LogRecord): void {
  for (const { what, by, facts } of decisions) {
    for (const { table, key, row } of facts) {
      sink.line({ kind: 'fact', index, at, what, by, table, key, row });
    }
  }
}

type Row = Parameters<Parameters<Store['get']>[1]>[0];

const unsealed = <T>(row: Row): T | undefined =>
  row.ok && row.value !== undefined ? unseal<T>(row.value) : undefined;

async function withStore<T>(
  disk: Disk,
  sink: DumpSink,
  use: (store: Store) => Promise<T>,
): Promise<T | undefined> {
  const opened = await ask<Result<Store, DiskError>>((done) =>
    disk.openStore(storeName, { create: false }, done),
  );
  if (!opened.ok) {
    sink.fault('log', opened.error.message);
    return undefined;
  }
  try {
    return await use(opened.value);
  } finally {
    await ask<void>((done) => opened.value.close(done));
  }
}

/** The base of a log that has given nothing up. */
export const baseIndexOf = (head: LogHead | undefined): LogIndex =>
  head?.mark.base.index ?? logIndex(0);
