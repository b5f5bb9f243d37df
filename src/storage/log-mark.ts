/**
 * A log mark says in one small record how much log there must be. Every batch writes one beside its
 * entries, and the durable head keeps another outside LevelDB: comparing the two tells a log that
 * lost something from a log that never had it.
 */
import { type LogIndex, logIndex, type NodeId, type Term, term } from '../base/brand.ts';

export interface LogMark {
  /** Counts batches: 0 before the first, then one more with each. */
  readonly generation: number;
  readonly term: Term;
  readonly vote: NodeId | undefined;
  readonly lastIndex: LogIndex;
  /** 0 when the log is empty, as is `chain`. */
  readonly lastTerm: Term;
  /** The chained CRC32 of the last entry (log-rows.ts): a digest of the whole log. */
  readonly chain: number;
}

export const emptyMark: LogMark = {
  generation: 0,
  term: term(0),
  vote: undefined,
  lastIndex: logIndex(0),
  lastTerm: term(0),
  chain: 0,
};

export const sameMark = (a: LogMark, b: LogMark): boolean =>
  a.generation === b.generation &&
  a.term === b.term &&
  a.vote === b.vote &&
  a.lastIndex === b.lastIndex &&
  a.lastTerm === b.lastTerm &&
  a.chain === b.chain;

/** For people: what the mark says, in one line. */
export const describeMark = (mark: LogMark): string =>
  `batch ${mark.generation} (term ${mark.term}, vote ${mark.vote ?? 'none'}, ` +
  `last entry ${mark.lastIndex} of term ${mark.lastTerm})`;
