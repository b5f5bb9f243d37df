/**
 * Searches the logs of runs on all nodes at once: first what ran where it ran, then the copies of
 * what ran on nodes that did not answer.
 */
import type { Wire } from '../actors/wire.ts';
import type { LogSearchAsked, LogSearchFound, Reader } from '../api/service.ts';
import type { NodeId, Token } from '../base/brand.ts';
import type { Cancellable, Clock } from '../base/ports.ts';
import type { NodeRow } from '../model/node.ts';
import { inboxes, type LogFound, type LogMatch, type LogSearch } from '../model/protocol.ts';

/** What a node may take to scan, and the way there and back. */
const patienceMs = 6_000;
/** For answers of nodes of which nobody knows that they are there. */
const lateMs = 300;
/** Searches under way at a time on this node. */
const openMax = 32;
/** Attempts whose copies are searched. */
const copiesMax = 2_000;

type Answers = ReadonlyMap<NodeId, LogFound>;

interface Open {
  readonly answers: Map<NodeId, LogFound>;
  readonly waitsFor: Set<NodeId>;
  readonly finish: () => void;
  timer: Cancellable;
}

export class LogSearches {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #open = new Map<string, Open>();
  #asked = 0;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
  }

  /** Asks every node; resolves when all that are expected have answered, or in time. */
  ask(search: Omit<LogSearch, 'kind' | 'requestId'>, nodes: readonly NodeId[]): Promise<Answers> {
    if (this.#open.size >= openMax) return Promise.resolve(new Map());
    this.#asked += 1;
    const requestId = `search-${this.#wire.self.incarnation}-${this.#asked}`;
    return new Promise((resolve) => {
      const answers = new Map<NodeId, LogFound>();
      const finish = (): void => {
        this.#open.get(requestId)?.timer.cancel();
        this.#open.delete(requestId);
        resolve(answers);
      };
      const waitMs = nodes.length === 0 ? lateMs : patienceMs;
      const timer = this.#clock.after(waitMs, finish);
      this.#open.set(requestId, { answers, waitsFor: new Set(nodes), finish, timer });
      const message: LogSearch = { kind: 'log-search', requestId, ...search };
      this.#wire.send('all', inboxes.logs, 'bulk', message);
    });
  }

  found(answer: LogFound, from: NodeId): void {
    const open = this.#open.get(answer.requestId);
    if (open === undefined) return;
    open.answers.set(from, answer);
    open.waitsFor.delete(from);
    if (open.waitsFor.size > 0) return;
    open.timer.cancel();
    open.timer = this.#clock.after(lateMs, open.finish);
  }
}

export async function searchEverywhere(
  asked: LogSearchAsked,
  parts: {
    readonly searches: Pick<LogSearches, 'ask'>;
    readonly reader: Pick<Reader, 'run'>;
    readonly nodes: () => readonly NodeRow[];
  },
): Promise<LogSearchFound> {
  const { namespace, runIds, taskId, query, limit } = asked;
  const search = { namespace, runIds, query, limit, ...(taskId === null ? {} : { taskId }) };
  const alive = parts
    .nodes()
    .filter(({ status }) => status === 'alive')
    .map(({ nodeId }) => nodeId);
  const originals = await parts.searches.ask(search, alive);
  const missing = await missingOf(asked, parts.reader, originals);
  const copiesOf = missing.slice(0, copiesMax);
  const answered = [...originals.keys()];
  const copies: Answers =
    copiesOf.length === 0 ? new Map() : await parts.searches.ask({ ...search, copiesOf }, answered);
  const matches = [...withCopies(originals, copies)].toSorted(byPlace);
  const searched = new Set([...copies.values()].flatMap(({ tokens }) => tokens));
  const isCut = [...originals.values(), ...copies.values()].some((answer) => answer.isCut);
  return {
    matches: matches.slice(0, limit),
    isCut: isCut || matches.length > limit || copiesOf.length < missing.length,
    unsearched: missing.filter((token) => !searched.has(token)).length,
  };
}

/** Attempts whose node has not answered. */
async function missingOf(
  { namespace, runIds, taskId }: LogSearchAsked,
  reader: Pick<Reader, 'run'>,
  answers: Answers,
): Promise<readonly Token[]> {
  const missing: Token[] = [];
  for (const runId of runIds) {
    const { value: run } = await reader.run(namespace, runId);
    for (const row of run?.tasks ?? []) {
      if (taskId !== null && row.taskId !== taskId) continue;
      const live = 'attempt' in row ? [row.attempt] : [];
      for (const { node, token } of [...row.attempts, ...live]) {
        if (!answers.has(node)) missing.push(token);
      }
    }
  }
  return missing;
}

/**
 * Each line once. Several nodes may have a copy: where a sender has changed its target, the former
 * one is left with the begin. Copies are begins of one stream, so a place in it names its line.
 */
function* withCopies(
  originals: Answers,
  copies: Answers,
): Generator<LogMatch & { readonly copyOn: NodeId | null }> {
  for (const { matches } of originals.values()) {
    for (const match of matches) yield { ...match, copyOn: null };
  }
  const told = new Set<string>();
  for (const [copyOn, { matches }] of copies) {
    for (const match of matches) {
      const line = `${match.id.token}/${match.stream}/${match.offset}`;
      if (told.has(line)) continue;
      told.add(line);
      yield { ...match, copyOn };
    }
  }
}

function byPlace(a: LogMatch, b: LogMatch): number {
  const place = ({ id, attempt, stream }: LogMatch): string =>
    [id.runId, id.taskId, ...[id.mapIndex, attempt].map(padded), stream].join('/');
  const [left, right] = [place(a), place(b)];
  if (left !== right) return left < right ? -1 : 1;
  return a.offset - b.offset;
}

const padded = (number: number): string => String(number).padStart(10, '0');
