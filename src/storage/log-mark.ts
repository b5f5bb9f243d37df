/**
 * A log mark says in one small record how much log there must be. Every batch writes one beside its
 * entries, and the durable head keeps another outside LevelDB: comparing the two tells a log that
 * lost something from a log that never had it.
 */
import { type LogIndex, logIndex, type NodeId, type Term, term } from '../base/brand.ts';

/** An entry as the log knows it: by its chained CRC (log-rows.ts) it names all before it too. */
export interface LogPlace {
  readonly index: LogIndex;
  readonly term: Term;
  readonly chain: number;
}

/** Before the first entry of all. */
export const logStart: LogPlace = { index: logIndex(0), term: term(0), chain: 0 };

export interface LogMark {
  /** Counts batches: 0 before the first, then one more with each. */
  readonly generation: number;
  readonly term: Term;
  readonly vote: NodeId | undefined;
  /** Those of the base when there are no entries; `chain` is a digest of the whole log. */
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  readonly chain: number;
  /** The log begins behind it. The configuration as of it is a row of its own (log-base.ts). */
  readonly base: LogPlace;
}

/** A mark as it lies on disk: those of version 0.1 know of no base. */
type FlatMark = Omit<LogMark, 'base'> & { readonly base?: LogPlace };

/**
 * The mark of a log that holds a configuration. Version 0.1 would pass over one that its ledger is
 * behind already, and count votes by the members of the first day: so it shall not find its mark.
 */
interface BoundMark {
  readonly format: number;
  readonly mark: LogMark;
}

export type StoredMark = FlatMark | BoundMark;

/** Raised when a mark changes shape; a node that meets a higher one stops (P90). */
export const markFormat = 2;

export const emptyMark: LogMark = {
  generation: 0,
  term: term(0),
  vote: undefined,
  lastIndex: logStart.index,
  lastTerm: logStart.term,
  chain: logStart.chain,
  base: logStart,
};

export const markOf = (stored: StoredMark): LogMark =>
  'mark' in stored ? stored.mark : { ...stored, base: stored.base ?? logStart };

/** As it is written; version 0.1 can go on with it as long as the members are the first ones. */
export const storedMark = (mark: LogMark, options: { readonly bound: boolean }): StoredMark =>
  options.bound ? { format: markFormat, mark } : mark;

/** The format of a mark that a newer version wrote. */
export const unknownFormat = (stored: StoredMark): number | undefined =>
  'format' in stored && stored.format !== markFormat ? stored.format : undefined;

/** The end of the log that `mark` describes. */
export const endOf = (mark: LogMark): LogPlace => ({
  index: mark.lastIndex,
  term: mark.lastTerm,
  chain: mark.chain,
});

/** The place alone, of whatever knows one: what is sealed must not carry more. */
export const placeOf = ({ index, term: of, chain }: LogPlace): LogPlace => ({
  index,
  term: of,
  chain,
});

export const samePlace = (a: LogPlace, b: LogPlace): boolean =>
  a.index === b.index && a.term === b.term && a.chain === b.chain;

export const sameMark = (a: LogMark, b: LogMark): boolean =>
  a.generation === b.generation &&
  a.term === b.term &&
  a.vote === b.vote &&
  samePlace(endOf(a), endOf(b)) &&
  samePlace(a.base, b.base);

/** For people: what the mark says, in one line. */
export const describeMark = (mark: LogMark): string =>
  `batch ${mark.generation} (term ${mark.term}, vote ${mark.vote ?? 'none'}, ` +
  `last entry ${mark.lastIndex} of term ${mark.lastTerm})`;
