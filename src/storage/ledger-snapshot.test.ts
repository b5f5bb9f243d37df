/** Export and import of a ledger without a network between them: pages, proof, place. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StepClock, settled } from '../../test/ports/disk-clock.ts';
import { LedgerStage, lastChapter } from '../../test/support/ledger-life.ts';
import { Story } from '../../test/support/ledger-story.ts';
import { logIndex, term, wallMs } from '../base/brand.ts';
import type { DiskError, Store, StoreRow } from '../base/ports.ts';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { LogBase } from '../raft/log-store.ts';
import { noMembers } from '../raft/members.ts';
import type { Ledger } from './ledger.ts';
import { type ExportHead, LedgerExport } from './ledger-export.ts';
import { beginImport, type ImportFault, type LedgerImport } from './ledger-import.ts';
import {
  encodeRows,
  type LedgerPage,
  PagesDigest,
  pageBytesMax,
  pageChecksum,
  rowBytes,
  rowsOfPage,
} from './ledger-page.ts';
import { LedgerPages, type PageBody } from './ledger-pages.ts';
import {
  firstPlace,
  type LedgerPlace,
  placeFile,
  readLedgerPlace,
  removeOtherLedgers,
  writeLedgerPlace,
} from './ledger-place.ts';
import { MemoryDisk } from './memory.ts';
import { SortedRows } from './sorted-rows.ts';

const unwrapped = <T>(result: Result<T, DiskError>): T => {
  if (!result.ok) throw result.error;
  return result.value;
};

const base: LogBase = { index: logIndex(12), term: term(2), chain: 77, members: noMembers };

/** All pages of an export, to the last. */
function pagesOf(stage: LedgerStage, rows: LedgerExport): readonly LedgerPage[] {
  const pages: LedgerPage[] = [];
  while (pages.at(-1)?.digest === undefined || pages.at(-1)?.digest === null) {
    pages.push(unwrapped(settled(stage.clock, (done) => rows.next(done))));
  }
  return pages;
}

function ledgerWith(records: number): { stage: LedgerStage; ledger: Ledger; story: Story } {
  const moves = Array.from({ length: records }, (_, n) => [{ kind: n * 7, pick: n * 5 }]);
  const story = new Story(moves);
  const stage = new LedgerStage();
  const ledger = stage.open();
  for (const commit of story.commits) ledger.commit(commit);
  stage.flush(ledger);
  return { stage, ledger, story };
}

describe('ledger: pages', () => {
  const rows = fc.uniqueArray(
    fc.record({
      key: fc
        .string({ unit: fc.constantFrom(...'abemrz/09') })
        .map((tail) => `${tail.length % 2 ? 'ended' : 'runs'}/${tail}`),
      value: fc.uint8Array({ maxLength: 40 }),
    }),
    { selector: ({ key }) => key, maxLength: 60 },
  );

  function readAll(given: readonly StoreRow[], pageBytes: number): readonly PageBody[] {
    const clock = new StepClock();
    const sorted = new SortedRows();
    const own = ['mark/0000000000000000', 'meta'].map((key) => ({ key, value: new Uint8Array(9) }));
    sorted.apply([...given, ...own].map((row) => ({ kind: 'put', ...row })));
    const pages = new LedgerPages({
      view: {
        scan: (range, done) => clock.soon(() => done({ ok: true, value: sorted.scan(range) })),
      },
      soon: (run) => clock.soon(run),
      pageBytes,
    });
    const bodies: PageBody[] = [];
    while (!bodies.at(-1)?.isLast) {
      bodies.push(
        unwrapped(settled<Result<PageBody, DiskError>>(clock, (done) => pages.next(done))),
      );
    }
    return bodies;
  }

  it('hold every row but meta and marks once, in order, and no page is longer than it may', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 300 }), (given, pageBytes) => {
        const bodies = readAll(given, pageBytes);
        const found = bodies.flatMap(({ body }) => {
          const read = rowsOfPage({ number: 0, body, crc: pageChecksum(body), digest: null });
          const isSmall = body.length <= pageBytes || read?.length === 1;
          expect(isSmall).toBe(true);
          return read ?? [];
        });
        const expected = given.toSorted((a, b) => (a.key < b.key ? -1 : 1));
        expect(found.map(({ key }) => key)).toEqual(expected.map(({ key }) => key));
        expect(Buffer.from(encodeRows(found)).equals(encodeRows(expected))).toBe(true);
      }),
    );
  });

  it('have one digest, however the rows were cut', () => {
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 2 }),
        (given, cuts) => {
          const digests = cuts.map((pageBytes) => {
            const digest = new PagesDigest();
            for (const { body } of readAll(given, pageBytes)) digest.add(body);
            return digest.end();
          });
          expect(new Set(digests).size).toBe(1);
        },
      ),
    );
  });

  it('a ledger without rows is one empty page', () => {
    expect(readAll([], 10).map(({ body, isLast }) => [body.length, isLast])).toEqual([[0, true]]);
  });

  it('a row that is longer than a page travels alone', () => {
    const long = { key: 'runs/b', value: new Uint8Array(pageBytesMax + 5) };
    const short = (key: string): StoreRow => ({ key, value: new Uint8Array(3) });
    const bodies = readAll([short('runs/a'), long, short('runs/c')], pageBytesMax);
    expect(bodies.map(({ body }) => body.length)).toEqual([
      rowBytes(short('runs/a')),
      rowBytes(long),
      rowBytes(short('runs/c')),
    ]);
  });

  it('bytes that are no page are told from one, whatever was changed (P57)', () => {
    const body = encodeRows([{ key: 'runs/a', value: new Uint8Array([1, 2, 3]) }]);
    const page = { number: 0, body, crc: pageChecksum(body), digest: null };
    expect(rowsOfPage(page)).toHaveLength(1);
    for (let bit = 0; bit < body.length * 8; bit++) {
      const damaged = new Uint8Array(body);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(rowsOfPage({ ...page, body: damaged })).toBeUndefined();
      // With a CRC of its own it may be rows, but it is never read beyond its end.
      rowsOfPage({ ...page, body: damaged, crc: pageChecksum(damaged) });
    }
    for (let cut = 0; cut < body.length; cut++) {
      const part = body.subarray(0, cut);
      expect(rowsOfPage({ ...page, body: part })).toBeUndefined();
      const read = rowsOfPage({ ...page, body: part, crc: pageChecksum(part) });
      expect(read).toEqual(cut === 0 ? [] : undefined);
    }
  });
});

/** Histories are left out: how they are cut into values depends on the windows of the node. */
const stateRows = (page: LedgerPage | undefined): readonly StoreRow[] =>
  (rowsOfPage(page!) ?? []).filter(({ key }) => !key.startsWith('history/'));

describe('ledger: export', () => {
  it('says the index and the time of its rows, and neither moves while the ledger does', () => {
    const { stage, ledger, story } = ledgerWith(12);
    const rows = new LedgerExport({ ledger, pageBytes: 300 });
    const before = pagesOf(stage, new LedgerExport({ ledger, pageBytes: 300 }));
    ledger.commit(story.tell([{ kind: 0, pick: 1 }]));
    stage.flush(ledger);
    const head = unwrapped<ExportHead>(settled(stage.clock, (done) => rows.head(done)));
    expect(head.appliedIndex).toBe(12);
    expect(head.appliedAt).toBe(wallMs(10_120));
    expect(ledger.appliedIndex).toBe(13);
    expect(pagesOf(stage, rows).at(-1)?.digest).toBe(before.at(-1)?.digest);
  });

  it('whenever its view is taken, rows and index are of one batch (P35)', () => {
    for (let steps = 0; steps < 40; steps++) {
      const moves = Array.from({ length: 6 }, (_, n) => [{ kind: n * 7, pick: n }]);
      const story = new Story(moves);
      const stage = new LedgerStage();
      const ledger = stage.open({ windowMs: 2 });
      for (const [n, commit] of story.commits.entries()) {
        stage.clock.after(n * 3, () => ledger.commit(commit));
      }
      for (let step = 0; step < steps; step++) stage.clock.step();
      const rows = new LedgerExport({ ledger });
      const head = unwrapped<ExportHead>(settled(stage.clock, (done) => rows.head(done)));
      const [page] = pagesOf(stage, rows);
      const at = new LedgerStage();
      const same = at.open();
      for (const commit of story.commits.slice(0, head.appliedIndex)) same.commit(commit);
      at.flush(same);
      const [expected] = pagesOf(at, new LedgerExport({ ledger: same }));
      expect(stateRows(page)).toEqual(stateRows(expected));
    }
  });
});

describe('ledger: import', () => {
  interface Bench {
    readonly clock: StepClock;
    readonly disk: MemoryDisk;
    readonly stage: LedgerImport;
  }

  function begun(disk?: MemoryDisk, clock = new StepClock()): Bench {
    const medium = disk ?? new MemoryDisk({ clock, random: new SeededRandom(3) });
    const taken = { base, appliedAt: wallMs(5), format: 1 };
    const options = { disk: medium, clock, ledgerNumber: 0, ...taken };
    const stage = settled<Result<LedgerImport, DiskError>>(clock, (done) =>
      beginImport(options, done),
    );
    return { clock, disk: medium, stage: unwrapped(stage) };
  }

  const add = ({ clock, stage }: Bench, page: LedgerPage): DiskError | undefined =>
    settled(clock, (done) => stage.add(rowsOfPage(page) ?? [], done));
  const prove = ({ clock, stage }: Bench, digest: string): ImportFault | undefined =>
    settled(clock, (done) => stage.prove(digest, done));
  const settle = (disk: MemoryDisk, clock: StepClock) =>
    settled<Result<LedgerPlace, DiskError>>(clock, (done) =>
      readLedgerPlace(disk, (place) => {
        if (!place.ok) done(place);
        else removeOtherLedgers(disk, place.value, () => done(place));
      }),
    );

  function exported(): { readonly pages: readonly LedgerPage[]; readonly digest: string } {
    const { stage, ledger } = ledgerWith(12);
    const pages = pagesOf(stage, new LedgerExport({ ledger, pageBytes: 300 }));
    expect(pages.length).toBeGreaterThan(5);
    return { pages, digest: pages.at(-1)?.digest ?? '' };
  }

  it('what was exported opens as a ledger with the same answers', () => {
    const { pages, digest } = exported();
    const bench = begun();
    for (const page of pages) expect(add(bench, page)).toBeUndefined();
    expect(prove(bench, digest)).toBeUndefined();
    const place = settled<Result<LedgerPlace, DiskError>>(bench.clock, (done) =>
      bench.stage.install(done),
    );
    expect(place).toEqual({ ok: true, value: { store: 'ledger-1', number: 1, base } });
    const reader = new LedgerStage(1, 0);
    reader.disk.restore(bench.disk.backup());
    // The stage opens the first ledger; this one is put into its place.
    const { stores } = reader.disk.backup();
    reader.disk.restore({
      ...reader.disk.backup(),
      stores: new Map([['ledger', stores.get('ledger-1')!]]),
    });
    const again = unwrapped(reader.tryOpen(false));
    const { state, appliedIndex } = reader.load(again);
    const { story } = ledgerWith(12);
    expect([appliedIndex, state.digest()]).toEqual([12, lastChapter(story).digest]);
    reader.expectTruth(again, lastChapter(story), 3);
  });

  it('a stage with a page missing, twice or changed is not proven (P57)', () => {
    const { pages, digest } = exported();
    const [first, second] = pages;
    const changed = (rowsOfPage(first!) ?? []).map(({ key, value }) => ({
      key,
      value: value.map((byte) => byte ^ 1),
    }));
    const body = encodeRows(changed);
    const other = { ...first!, body, crc: pageChecksum(body) };
    for (const wrong of [pages.slice(1), pages.slice(0, -1), [...pages, other], [second!]]) {
      const bench = begun();
      for (const page of wrong) add(bench, page);
      expect(prove(bench, digest)).toEqual({ kind: 'damaged' });
    }
    const twice = begun();
    for (const page of [...pages, ...pages]) add(twice, page);
    expect(prove(twice, digest)).toBeUndefined();
  });

  it('a stage that was not proven is refused as a ledger, at every point (G1)', () => {
    const { pages, digest } = exported();
    for (let steps = 0; steps < 60; steps++) {
      const bench = begun();
      let proven = false;
      const next = (at: number): void => {
        const page = pages[at];
        if (page !== undefined) bench.stage.add(rowsOfPage(page) ?? [], () => next(at + 1));
        else
          bench.stage.prove(digest, () => {
            proven = true;
          });
      };
      next(0);
      for (let step = 0; step < steps && !proven; step++) bench.clock.step();
      bench.disk.crash({ loseUnsynced: true });
      bench.clock.clear();
      if (proven) break;
      const reader = new LedgerStage();
      const image = bench.disk.backup().stores.get('ledger-1');
      reader.disk.restore({ ...bench.disk.backup(), stores: new Map([['ledger', image!]]) });
      const opened = reader.tryOpen(false);
      // The meta row may be durable just before the word of it; then everything else is.
      if (opened.ok) {
        expect(opened.value.appliedIndex).toBe(base.index);
        expect(reader.load(opened.value).state.digest()).toBe(
          lastChapter(ledgerWith(12).story).digest,
        );
      }
    }
  });

  it('an attempt removes what an earlier one has left', () => {
    const { pages, digest } = exported();
    const first = begun();
    const body = encodeRows([{ key: 'runs/zzz', value: new Uint8Array(9) }]);
    add(first, { ...pages[0]!, body, crc: pageChecksum(body) });
    add(first, pages[1]!);
    first.disk.crash({ loseUnsynced: false });
    const second = begun(first.disk, first.clock);
    for (const page of pages) add(second, page);
    expect(prove(second, digest)).toBeUndefined();
  });

  it('is abandoned at any step without a trace', () => {
    const { pages, digest } = exported();
    for (let steps = 0; ; steps++) {
      const bench = begun();
      let proven = false;
      for (const page of pages) bench.stage.add(rowsOfPage(page) ?? [], () => {});
      bench.clock.runAll();
      bench.stage.prove(digest, () => {
        proven = true;
      });
      for (let step = 0; step < steps; step++) bench.clock.step();
      const wasProven = proven;
      proven = false;
      expect(settled(bench.clock, (done) => bench.stage.abandon(done))).toBeUndefined();
      bench.clock.runAll();
      expect(proven).toBe(false);
      expect([...bench.disk.backup().stores.keys()]).toEqual([]);
      if (wasProven) break;
    }
  });

  it('place: absent is the first ledger; what is written is read; others are removed', () => {
    const clock = new StepClock();
    const disk = new MemoryDisk({ clock, random: new SeededRandom(3) });
    expect(settle(disk, clock)).toEqual({ ok: true, value: firstPlace });
    const place = { store: 'ledger-2', number: 2, base };
    settled<unknown>(clock, (done) => writeLedgerPlace(disk, place, done));
    for (const name of ['ledger-1', 'ledger-2', 'ledger-3', 'log']) {
      const store = unwrapped(
        settled<Result<Store, DiskError>>(clock, (done) =>
          disk.openStore(name, { create: true }, done),
        ),
      );
      settled<true>(clock, (done) => store.close(() => done(true)));
    }
    expect(settle(disk, clock)).toEqual({ ok: true, value: place });
    expect([...disk.backup().stores.keys()].sort()).toEqual(['ledger-2', 'log']);
  });

  it('place: a damaged file is refused, never taken for an old directory', () => {
    const clock = new StepClock();
    const disk = new MemoryDisk({ clock, random: new SeededRandom(3) });
    settled<unknown>(clock, (done) =>
      writeLedgerPlace(disk, { store: 'ledger-1', number: 1, base }, done),
    );
    const whole = disk.backup().files.get(placeFile)!;
    for (let bit = 0; bit < whole.length * 8; bit += 5) {
      const bytes = new Uint8Array(whole);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      settled<unknown>(clock, (done) => disk.writeFile(placeFile, bytes, done));
      const found = settle(disk, clock);
      expect(found.ok ? 'read' : found.error.message).toContain('is not what was written');
    }
  });
});
