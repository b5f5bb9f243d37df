/**
 * A client as a user would write one: it asks any node, and when it gets no answer it asks another
 * one under the same idempotency key, until its patience is over. What it learned is in the
 * history.
 */

import type { Random } from '../../src/base/ports.ts';
import { below } from '../../src/base/random.ts';
import { sleep } from '../problem.ts';
import type { Answer, Question } from './ask-node.ts';
import type { ChaosNode } from './chaos-node.ts';
import type { History, HistoryRecord } from './history.ts';

export interface Operation {
  readonly op: HistoryRecord['op'];
  readonly key: string;
  readonly question: Question;
  /** What was written, or what the answer says. */
  readonly toValue: (answer: Extract<Answer, { kind: 'ok' | 'refused' }>) => string | null;
  /** The value of a write whose outcome is not known. */
  readonly written?: string;
  /** Refusals that are answers: a run that is not there is `absent`. */
  readonly accepts?: (code: string) => boolean;
}

/** An operation that has not been answered for so long is given up. */
const patienceMs = 10_000;
const retryMs = 50;

export class Client {
  readonly name: string;
  readonly #nodes: readonly ChaosNode[];
  readonly #history: History;
  readonly #random: Random;

  constructor(
    name: string,
    parts: {
      readonly nodes: readonly ChaosNode[];
      readonly history: History;
      readonly random: Random;
    },
  ) {
    this.name = name;
    this.#nodes = parts.nodes;
    this.#history = parts.history;
    this.#random = parts.random;
  }

  /** Repeats until there is an outcome or no patience left, and records it. */
  async perform(operation: Operation): Promise<HistoryRecord> {
    const { op, key } = operation;
    const startNs = this.#history.nowNs();
    const deadlineMs = performance.now() + patienceMs;
    // Nothing can have happened as long as no request has reached a node.
    let mayHaveHappened = false;
    let node = this.#anyNode();
    for (;;) {
      const answer = await node.ask(operation.question);
      if (answer.kind === 'ok' || answer.kind === 'refused') {
        return this.#record({ op, key, node, startNs }, outcomeOf(operation, answer), true);
      }
      if (answer.kind === 'unknown') mayHaveHappened = true;
      if (performance.now() > deadlineMs) break;
      await sleep(retryMs);
      node = this.#anyNode();
    }
    const outcome = mayHaveHappened ? 'unknown' : 'fail';
    const value = operation.written ?? null;
    return this.#record({ op, key, node, startNs }, { outcome, value }, !mayHaveHappened);
  }

  #record(
    about: Pick<HistoryRecord, 'op' | 'key' | 'startNs'> & { readonly node: ChaosNode },
    result: Pick<HistoryRecord, 'outcome' | 'value'>,
    hasEnded: boolean,
  ): HistoryRecord {
    const { node, ...rest } = about;
    const endNs = hasEnded ? this.#history.nowNs() : null;
    const record = { client: this.name, ...rest, node: node.name, endNs, ...result };
    this.#history.add(record);
    return record;
  }

  #anyNode(): ChaosNode {
    const node = this.#nodes[below(this.#random, this.#nodes.length)];
    if (node === undefined) throw new Error('there are no nodes');
    return node;
  }
}

function outcomeOf(
  { accepts, toValue, written }: Operation,
  answer: Extract<Answer, { kind: 'ok' | 'refused' }>,
): Pick<HistoryRecord, 'outcome' | 'value'> {
  const isGood = answer.kind === 'ok' || accepts?.(answer.code) === true;
  if (isGood) return { outcome: 'ok', value: written ?? toValue(answer) };
  return { outcome: 'fail', value: written ?? answer.code };
}
