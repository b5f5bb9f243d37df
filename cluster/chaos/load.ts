/**
 * The load of a chaos run: clients that start, read and cancel runs, and clients that write and
 * read registers. What they do is drawn from the seed; when they do it depends on the answers.
 *
 * It owns the clients and the ids that they make. It does not own the history.
 */
import { z } from 'zod';
import { below, SeededRandom } from '../../src/base/random.ts';
import { sleep } from '../problem.ts';
import type { Answer } from './ask-node.ts';
import type { ChaosNode } from './chaos-node.ts';
import { Client, type Operation } from './client.ts';
import { registerDag, runDags } from './dags.ts';
import type { History, HistoryRecord } from './history.ts';

export interface LoadOptions {
  readonly nodes: readonly ChaosNode[];
  readonly history: History;
  readonly seed: number;
}

const runClients = 4;
const registerClients = 4;
/** A client waits up to so long between two operations, in milliseconds. */
const thinkMsMax = 300;
/** A register gets so many operations; then there is a new one, so that checking stays cheap. */
const operationsPerRegister = 120;
/** Reads and cancels are about runs that began lately. */
const recentRuns = 12;

export class Load {
  readonly #options: LoadOptions;
  readonly #recent: string[] = [];
  readonly #loops: Promise<void>[] = [];
  #stopping = false;
  #registerOperations = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  begin(): void {
    for (let place = 1; place <= runClients; place++) {
      this.#loops.push(this.#loop(`run-client-${place}`, place, (turn) => this.#runTurn(turn)));
    }
    for (let place = 1; place <= registerClients; place++) {
      const name = `register-client-${place}`;
      this.#loops.push(this.#loop(name, 100 + place, (turn) => this.#registerTurn(turn)));
    }
  }

  /** Waits for what is under way. */
  async end(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#loops);
    this.#options.history.flush();
  }

  async #loop(name: string, salt: number, next: (turn: Turn) => Operation): Promise<void> {
    const { nodes, history, seed } = this.#options;
    const random = new SeededRandom((seed * 1_000 + salt) >>> 0);
    const client = new Client(name, { nodes, history, random });
    for (let count = 1; !this.#stopping; count++) {
      const operation = next({ client: name, count, chance: below(random, 100), random });
      this.#remember(await client.perform(operation));
      await sleep(below(random, thinkMsMax));
    }
  }

  #remember({ op, key, outcome }: HistoryRecord): void {
    if (op !== 'create' || outcome === 'fail') return;
    this.#recent.push(key.slice('run/'.length));
    if (this.#recent.length > recentRuns) this.#recent.shift();
  }

  #runTurn({ client, count, chance, random }: Turn): Operation {
    const runId = this.#recent[below(random, this.#recent.length || 1)];
    if (runId === undefined || chance < 35) {
      return createRun(`${client}.${count}`, runDags[below(random, runDags.length)] ?? runDags[0]);
    }
    if (chance < 40) return cancelRun(runId, `${client}.${count}.cancel`);
    return getRun(runId, chance < 75 ? 'get' : 'stale-read');
  }

  #registerTurn({ client, count, chance }: Turn): Operation {
    const id = `register-${Math.floor(this.#registerOperations++ / operationsPerRegister)}`;
    return chance < 50 ? writeRegister(id, `${client}.${count}`) : readRegister(id);
  }
}

interface Turn {
  readonly client: string;
  /** The client's operations so far. */
  readonly count: number;
  /** From 0 to 99. */
  readonly chance: number;
  readonly random: SeededRandom;
}

function createRun(runId: string, dagId: string): Operation {
  const body = JSON.stringify({ runId });
  return {
    op: 'create',
    key: `run/${runId}`,
    question: { method: 'POST', path: `/api/v1/dags/${dagId}/runs`, body, key: runId },
    toValue: () => null,
  };
}

const cancelRun = (runId: string, key: string): Operation => ({
  op: 'cancel',
  key: `run/${runId}`,
  question: { method: 'POST', path: `/api/v1/runs/${runId}/cancel`, key },
  toValue: () => null,
});

const stated = z.object({ state: z.string() });

const getRun = (runId: string, op: 'get' | 'stale-read'): Operation => ({
  op,
  key: `run/${runId}`,
  question: { method: 'GET', path: `/api/v1/runs/${runId}${op === 'get' ? linearizable : ''}` },
  toValue: (answer) => (answer.kind === 'ok' ? stated.parse(answer.body).state : 'absent'),
  accepts: (code) => code === 'RUN_NOT_FOUND',
});

const linearizable = '?consistency=linearizable';

const writeRegister = (id: string, value: string): Operation => ({
  op: 'write',
  key: `register/${id}`,
  question: {
    method: 'PUT',
    path: `/api/v1/dags/${id}`,
    body: registerDag(id, value),
    key: value,
  },
  written: value,
  toValue: () => value,
});

const described = z.object({ description: z.string() });

const readRegister = (id: string): Operation => ({
  op: 'read',
  key: `register/${id}`,
  question: { method: 'GET', path: `/api/v1/dags/${id}${linearizable}` },
  toValue: (answer: Answer) =>
    answer.kind === 'ok' ? described.parse(answer.body).description : null,
  accepts: (code) => code === 'DAG_NOT_FOUND',
});
