/** Reading all live rows back, a page at a time, for a state that begins empty. */
import type { DiskError } from '../base/ports.ts';
import { ok, type Result } from '../base/result.ts';
import type { Fact, FactOf, TableName, Tables } from '../model/fact.ts';
import { liveKey, under } from './ledger-keys.ts';
import type { LedgerStore } from './ledger-store.ts';

type Done = (result: Result<void, DiskError>) => void;
type LoadTable = (store: LedgerStore, each: (fact: Fact) => void, done: Done) => void;

/** Runs stand before their tasks and outputs (S3). The keys prove that no table is left out. */
const loadOrder: readonly LoadTable[] = Object.values({
  dag: loaderOf('dag'),
  version: loaderOf('version'),
  schedule: loaderOf('schedule'),
  node: loaderOf('node'),
  request: loaderOf('request'),
  run: loaderOf('run'),
  task: loaderOf('task'),
  output: loaderOf('output'),
  expansion: loaderOf('expansion'),
  trigger: loaderOf('trigger'),
  pool: loaderOf('pool'),
  calendar: loaderOf('calendar'),
  variable: loaderOf('variable'),
  backfill: loaderOf('backfill'),
  letter: loaderOf('letter'),
  rate: loaderOf('rate'),
  namespace: loaderOf('namespace'),
  scheduling: loaderOf('scheduling'),
  estimate: loaderOf('estimate'),
  'node-pool': loaderOf('node-pool'),
  connection: loaderOf('connection'),
} satisfies Readonly<Record<TableName, LoadTable>>);

const rowsPerPage = 512;

export function loadLiveRows(store: LedgerStore, each: (fact: Fact) => void, done: Done): void {
  const nextTable = (at: number): void => {
    const load = loadOrder[at];
    if (load === undefined) done(ok(undefined));
    else load(store, each, (end) => (end.ok ? nextTable(at + 1) : done(end)));
  };
  nextTable(0);
}

function loaderOf<T extends TableName>(table: T) {
  return (store: LedgerStore, each: (fact: FactOf<T>) => void, done: Done): void => {
    const prefix = liveKey(table, '');
    const { to } = under(`live/${table}`);
    const page = (from: string): void =>
      store.scan<Tables[T]>({ from, to, limit: rowsPerPage }, (found) => {
        if (!found.ok) {
          done(found);
          return;
        }
        for (const { key, value } of found.value) {
          each({ table, key: key.slice(prefix.length), row: value });
        }
        const last = found.value[rowsPerPage - 1];
        if (last === undefined) done(ok(undefined));
        else page(`${last.key}\u0000`);
      });
    page(prefix);
  };
}
