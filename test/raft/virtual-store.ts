/** A LogStore in memory: a write is durable after a delay, and a crash loses what was under way. */
import { assert } from '../../src/base/assert.ts';
import { term } from '../../src/base/brand.ts';
import { DiskError } from '../../src/base/ports.ts';
import { fail, ok } from '../../src/base/result.ts';
import type { Entry, HardState, LogBatch, LogStore } from '../../src/raft/log-store.ts';
import type { Members } from '../../src/raft/members.ts';
import { emptyBase, NodeLog, termRuns } from './core-node.ts';

export class VirtualStore {
  hardState: HardState = { term: term(0), vote: undefined };
  readonly log: NodeLog;
  syncMs = 1;
  writes = 0;
  reads = 0;
  failing = false;
  readonly #at: (delayMs: number, run: () => void) => void;
  #life = 0;

  constructor(members: Members, at: (delayMs: number, run: () => void) => void) {
    this.log = new NodeLog(emptyBase(members));
    this.#at = at;
  }

  crash(): void {
    this.#life += 1;
  }

  /** The store as one life of a node sees it. */
  open(): LogStore {
    const life = this.#life;
    const { log } = this;
    let writing = false;
    const later = (run: () => void): void => {
      this.#at(this.syncMs, () => {
        if (life === this.#life) run();
      });
    };
    const write = (run: () => void, done: (error: DiskError | undefined) => void): void => {
      assert(!writing, 'writes do not overlap');
      writing = true;
      this.writes += 1;
      later(() => {
        writing = false;
        if (!this.failing) run();
        done(this.failing ? new DiskError('EIO') : undefined);
      });
    };
    return {
      found: {
        hardState: this.hardState,
        base: log.base,
        lastIndex: log.lastIndex,
        terms: termRuns(log.entries),
        members: log.members(),
      },
      get baseIndex() {
        return log.base.index;
      },
      write: (batch, done) => write(() => this.#apply(batch), done),
      touch: (done) => write(() => {}, done),
      read: ({ from, to, maxBytes }, done) => {
        this.reads += 1;
        later(() => {
          if (this.failing) done(fail(new DiskError('EIO')));
          else done(ok(cut(log.range(from, to), maxBytes)));
        });
      },
      positionAt: (index, done) => later(() => done(ok(log.positionAt(index)))),
    };
  }

  #apply(batch: LogBatch): void {
    this.hardState = batch.hardState ?? this.hardState;
    this.log.write(batch);
  }
}

function cut(entries: readonly Entry[], maxBytes: number): readonly Entry[] {
  let bytes = 0;
  return entries.filter((entry, place) => {
    bytes += entry.payload.length;
    return place === 0 || bytes <= maxBytes;
  });
}
