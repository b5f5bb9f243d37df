/** A LogStore in memory: a write is durable after a delay, and a crash loses what was under way. */
import { assert } from '../../src/base/assert.ts';
import { logIndex, term } from '../../src/base/brand.ts';
import { DiskError } from '../../src/base/ports.ts';
import { fail, ok } from '../../src/base/result.ts';
import type { Entry, HardState, LogBatch, LogStore } from '../../src/raft/log-store.ts';
import { termRuns } from './core-cluster.ts';

export class VirtualStore {
  hardState: HardState = { term: term(0), vote: undefined };
  log: Entry[] = [];
  syncMs = 1;
  writes = 0;
  reads = 0;
  failing = false;
  readonly #at: (delayMs: number, run: () => void) => void;
  #life = 0;

  constructor(at: (delayMs: number, run: () => void) => void) {
    this.#at = at;
  }

  crash(): void {
    this.#life += 1;
  }

  /** The store as one life of a node sees it. */
  open(): LogStore {
    const life = this.#life;
    let writing = false;
    const later = (run: () => void): void => {
      this.#at(this.syncMs, () => {
        if (life === this.#life) run();
      });
    };
    return {
      found: {
        hardState: this.hardState,
        lastIndex: logIndex(this.log.length),
        terms: termRuns(this.log),
      },
      write: (batch, done) => {
        assert(!writing, 'writes do not overlap');
        writing = true;
        this.writes += 1;
        later(() => {
          writing = false;
          if (!this.failing) this.#apply(batch);
          done(this.failing ? new DiskError('EIO') : undefined);
        });
      },
      read: ({ from, to, maxBytes }, done) => {
        this.reads += 1;
        later(() => {
          if (this.failing) done(fail(new DiskError('EIO')));
          else done(ok(this.#cut(this.log.slice(from - 1, to), maxBytes)));
        });
      },
    };
  }

  #apply(batch: LogBatch): void {
    this.hardState = batch.hardState ?? this.hardState;
    if (batch.truncateFrom !== undefined) this.log.length = batch.truncateFrom - 1;
    for (const entry of batch.append) {
      assert(entry.index === this.log.length + 1, 'I9: the log on disk has no gap');
      this.log.push(entry);
    }
  }

  #cut(entries: readonly Entry[], maxBytes: number): readonly Entry[] {
    let bytes = 0;
    return entries.filter((entry, place) => {
      bytes += entry.payload.length;
      return place === 0 || bytes <= maxBytes;
    });
  }
}
