/**
 * The clients of a scenario: what they asked for, what they were told, and whether it is still
 * true.
 */
import { present } from '../../src/base/assert.ts';
import { dagId, namespace, type RunId, requestId, versionId } from '../../src/base/brand.ts';
import type { Command } from '../../src/model/command.ts';
import type { DagSpec } from '../../src/model/dag.ts';
import type { CommandRequest } from '../../src/model/protocol.ts';
import type { ReadonlyState } from '../../src/model/readonly-state.ts';
import type { Peer } from '../../src/node/peer.ts';
import type { PeerNode } from './peer-node.ts';
import type { PeerWorld } from './peer-world.ts';

export class PeerClients {
  readonly #world: PeerWorld;
  /** Names of writes that were acknowledged, in order. */
  readonly #acknowledged: string[] = [];
  readonly #runs: RunId[] = [];
  #requests = 0;

  constructor(world: PeerWorld) {
    this.#world = world;
  }

  /** One write after the other, each when the one before it was answered. */
  write(node: PeerNode, count: number): string {
    const answers = new Map<string, number>();
    for (let n = 0; n < count; n++) {
      let answered = false;
      this.ask(node, `w${++this.#requests}`, (answer) => {
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        answered = true;
      });
      this.#world.until(() => answered, 'an answer');
    }
    return [...answers].map(([answer, times]) => `${times} ${answer}`).join(', ');
  }

  /** A write that can be seen: a DAG of that name. */
  ask(node: PeerNode, name: string, done: (answer: string) => void): void {
    const command: Command = {
      kind: 'apply-dag',
      namespace: space,
      dagId: dagId(name),
      versionId: versionId(name),
      spec: emptyDag,
    };
    peerOf(node).submit(request(name, command), (answer) => {
      if (answer.ok) this.#acknowledged.push(name);
      done(answer.ok ? 'acknowledged' : answer.error.code);
    });
  }

  /** Runs whose ids the leader makes. */
  begin(node: PeerNode, dag: string, count: number): string {
    let answers = 0;
    const command: Command = {
      kind: 'start-run',
      namespace: space,
      dagId: dagId(dag),
      ...{ runId: null, logicalDate: null, params: {}, priority: null },
    };
    for (let n = 0; n < count; n++) {
      peerOf(node).submit(request(`run-${++this.#requests}`, command), (answer) => {
        answers += 1;
        const reply = answer.ok ? answer.value.reply : undefined;
        if (reply?.kind === 'run-started') this.#runs.push(reply.runId);
      });
    }
    this.#world.until(() => answers === count, 'answers');
    return `${new Set(this.#runs).size} ids of ${this.#runs.length} runs`;
  }

  /** A linearizable read: a ReadIndex round, and then the rows that are applied up to it. */
  read(node: PeerNode): string {
    const peer = peerOf(node);
    const before = [...this.#acknowledged];
    const answers: string[] = [];
    const look = (least: number): void =>
      peer.read(namesOf, (names, index) => {
        if (index < least) this.#world.clock.after(readAgainMs, () => look(least));
        else answers.push(`sees ${before.length - lost(before, names)} of ${before.length} writes`);
      });
    peer.raft.readIndex((result) => {
      if (result.ok) look(result.value);
      else answers.push(result.error);
    });
    this.#world.until(() => answers.length > 0, 'a read');
    return answers.join();
  }

  /** All that run have applied the same, with everything that was acknowledged. */
  compare(): string {
    const up = [...this.#world.nodes.values()].filter((node) => node.isUp);
    this.#world.until(() => up.every((node) => this.#world.hasAll(node)), 'alike');
    const digests = new Set<string>();
    let missing = 0;
    for (const node of up) {
      digests.add(this.#world.look(peerOf(node), (state) => state.digest()));
      missing += lost(this.#acknowledged, this.#world.look(peerOf(node), namesOf));
    }
    if (digests.size > 1 || missing > 0) return `${digests.size} STATES, ${missing} WRITES LOST`;
    const count = this.#acknowledged.length;
    return `${up.length} nodes have all ${count} acknowledged writes, and are alike`;
  }
}

const readAgainMs = 5;
const space = namespace('default');

const peerOf = (node: PeerNode): Peer => present(node.peer, `${node.id} serves nobody`);

const namesOf = (state: ReadonlyState): ReadonlySet<string> =>
  new Set([...state.dags()].map((dag): string => dag.dagId));

const lost = (written: readonly string[], found: ReadonlySet<string>): number =>
  written.filter((name) => !found.has(name)).length;

const emptyDag: DagSpec = {
  ...{ description: '', owners: [], tags: [], schedules: [], params: {}, tasks: {} },
  ...{ startDate: null, endDate: null, catchUp: null, timeoutMs: null },
  ...{ activeRunsMax: 1, priority: 0 },
};

const request = (key: string, command: Command): CommandRequest => ({
  kind: 'command',
  requestId: requestId(key),
  bodyDigest: key,
  rememberMs: 1000,
  by: 'scenario',
  command,
});
