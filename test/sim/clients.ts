/**
 * The clients: they ask through any node, repeat under the same key what got no clear answer, and
 * keep what they were told, because what was acknowledged must be true for ever (W03, W18).
 */
import type { RequestId } from '../../src/base/brand.ts';
import { requestId } from '../../src/base/brand.ts';
import { hash32 } from '../../src/base/random.ts';
import type { Result } from '../../src/base/result.ts';
import type { Command, CommandReply, Committed } from '../../src/model/command.ts';
import type { Refusal } from '../../src/model/refusal.ts';
import type { Chance } from './chance.ts';
import { LinearReads, watchedOf } from './checkers/linear-reads.ts';
import type { SimNode } from './node.ts';
import type { World } from './world.ts';

export interface Asked {
  readonly id: RequestId;
  readonly command: Command;
  /** The first final answer. */
  answer: Result<Committed, Refusal> | undefined;
  sent: number;
  readonly calledMs: number;
  /** When the first final answer came. */
  answeredMs: number | undefined;
}

/** A client that heard nothing for so long asks somebody else. */
const patienceMs = 4000;
const askedAgainMax = 12;

export const bodyDigestOf = (command: Command): string =>
  hash32(JSON.stringify(command)).toString(16);

export class Clients {
  readonly #world: World;
  readonly #chance: Chance;
  readonly asked: Asked[] = [];
  readonly linear: LinearReads;
  /** The highest index that any client was told. */
  #toldIndex = 0;
  #keys = 0;
  acked = 0;
  reads = 0;

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
    this.linear = new LinearReads(world.timeline);
  }

  /** Asks once; `done` hears the final answer, if one ever comes. */
  ask(command: Command, done: (answer: Result<Committed, Refusal>) => void = () => {}): Asked {
    const asked = this.#newAsked(command);
    this.#send(asked, this.#anyNode(), done);
    return asked;
  }

  /** The same request through several nodes at once (W19). */
  askEverywhere(command: Command): void {
    const asked = this.#newAsked(command);
    for (const node of this.#world.nodes) this.#send(asked, node, () => {});
  }

  /** A key that is taken, with another request: it must be refused (W18). */
  abuse(asked: Asked, command: Command): void {
    const node = this.#anyNode();
    node?.peer?.submit(this.#request(asked.id, command), (answer) => {
      const conflict = !answer.ok && answer.error.code === 'IDEMPOTENCY_CONFLICT';
      const known = asked.answer?.ok === true && changes(asked.answer.value.reply);
      if (known && answer.ok && !conflict) {
        this.#world.violate('W18', `key ${asked.id} served ${command.kind} as well`);
      }
    });
  }

  /** A linearizable read shows everything that any client was told before (I10). */
  readIndex(): void {
    const peer = this.#anyNode()?.peer;
    const told = this.#toldIndex;
    peer?.raft.readIndex((result) => {
      if (!result.ok) return;
      this.reads += 1;
      if (result.value >= told) return;
      this.#world.violate('I10', `a read reflects ${result.value}, ${told} was acknowledged`);
    });
  }

  /** What a read shows is committed, and it is the state at the index that it names (law 7). */
  readState(node = this.#anyNode()): void {
    node?.peer?.read(
      (state) => state.digest(),
      (digest, index) => {
        this.reads += 1;
        this.#world.whenSettled(() => {
          const expected = this.#world.chronicle.digestAt(index);
          if (expected === digest) return;
          const text = `${node.id} shows ${digest} as of ${index}, the log says ${expected}`;
          this.#world.violate('I10', text);
        });
      },
    );
  }

  readStateEverywhere(): void {
    for (const node of this.#world.nodes) this.readState(node);
  }

  /** Somebody else looks at once at what was changed, through one node after the other (W31). */
  #readBack(command: Command, answer: Result<Committed, Refusal>): void {
    const what = watchedOf(command, answer);
    const node = this.#world.nodes[this.linear.asked % this.#world.nodes.length];
    if (what !== undefined && node !== undefined) this.linear.read(node, what);
  }

  #send(
    asked: Asked,
    node: SimNode | undefined,
    done: (answer: Result<Committed, Refusal>) => void,
  ): void {
    asked.sent += 1;
    let heard = false;
    const again = (): void => {
      if (!heard && asked.answer === undefined && asked.sent < askedAgainMax) {
        heard = true;
        this.#send(asked, this.#anyNode(), done);
      }
    };
    this.#world.timeline.after(patienceMs, again);
    node?.peer?.submit(this.#request(asked.id, asked.command), (answer) => {
      const isFinal = answer.ok || !mayRepeat.has(answer.error.code);
      this.#world.whenSettled(() => this.#check(asked, answer));
      if (!isFinal) {
        this.#world.timeline.after(100 + this.#chance.around(300), again);
        return;
      }
      if (heard) return;
      heard = true;
      asked.answeredMs ??= this.#world.nowMs;
      asked.answer ??= answer;
      this.#readBack(asked.command, answer);
      done(answer);
    });
  }

  #check(asked: Asked, answer: Result<Committed, Refusal>): void {
    const { chronicle } = this.#world;
    const what = `${asked.command.kind} ${asked.id}`;
    if (!answer.ok) {
      if (answer.error.code === 'QUOTA_EXCEEDED')
        this.#world.saw(`${asked.command.kind} beyond quota`);
      if (answer.error.code === 'INTERNAL') this.#world.violate('W03', `${what} failed inside`);
      return;
    }
    this.acked += 1;
    const { reply, index } = answer.value;
    this.#toldIndex = Math.max(this.#toldIndex, index);
    if (index > chronicle.lastIndex) {
      this.#world.violate('I11', `${what} is acknowledged at ${index}, which is not committed`);
    }
    if (!changes(reply)) return;
    const recorded = chronicle.state.request(asked.id);
    if (recorded === undefined) {
      this.#world.violate('W03', `${what} is acknowledged and not recorded`);
    } else if (!recorded.answer.ok || !sameReply(recorded.answer.value, reply)) {
      this.#world.violate('W18', `${what} got another answer than the one recorded`);
    }
    if (reply.kind !== 'run-started' || asked.command.kind !== 'start-run') return;
    if (!chronicle.runs.has(`${asked.command.namespace}/${reply.runId}`)) {
      this.#world.violate('W03', `${what} is acknowledged, but there is no run ${reply.runId}`);
    }
  }

  #request(id: RequestId, command: Command) {
    const bodyDigest = bodyDigestOf(command);
    return {
      kind: 'command',
      requestId: id,
      bodyDigest,
      rememberMs,
      by: 'ann',
      command,
    } as const;
  }

  #newAsked(command: Command): Asked {
    const times = { calledMs: this.#world.nowMs, answeredMs: undefined };
    const asked: Asked = { id: this.#newKey(), command, answer: undefined, sent: 0, ...times };
    this.asked.push(asked);
    return asked;
  }

  #newKey(): RequestId {
    this.#keys += 1;
    return requestId(`key-${this.#keys}`);
  }

  #anyNode(): SimNode | undefined {
    const up = this.#world.nodes.filter(({ peer }) => peer !== undefined);
    return up.length === 0 ? undefined : this.#chance.pick(up);
  }
}

/** Longer than all steps of clocks together. */
const rememberMs = 100 * 86_400_000;

/** What a client may not take for an answer. */
const mayRepeat: ReadonlySet<string> = new Set(['NO_LEADER', 'OUTCOME_UNKNOWN', 'OVERLOADED']);

const changes = (reply: CommandReply): boolean =>
  !('outcome' in reply) || reply.outcome !== 'unchanged';

const sameReply = (left: CommandReply, right: CommandReply): boolean =>
  JSON.stringify(left) === JSON.stringify(right);
