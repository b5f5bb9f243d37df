/**
 * The language of the text scenarios: one command a line, and what the nodes did below it. Nodes
 * hear nothing and sync nothing but by command, so a scenario is an exact interleaving.
 *
 *   nodes a b c                 a cluster of empty nodes; appends=single sends one entry at a time
 *   disk a term=2 vote=b log=1,1,2   what a node finds at its start: entries by term
 *   tick a 3 · campaign a       time passes; until it campaigns
 *   propose a x · read a · transfer a b · hint a b    hint: b may be dead
 *   deliver a>b kind            the oldest such message; `*` is any node, kind may be left out
 *   again a>b kind              delivers a copy, the message stays
 *   drop a>b kind               loses all such messages
 *   sync a 1                    the first waiting write, or all
 *   settle a b                  delivers and syncs among these (or all) until nothing moves, in
 *                               brief; without=append leaves messages of that kind where they are
 *   crash a · start a           what is not synced is lost
 *   show a b · queue            state of nodes; messages on their way
 */
import { assert, present } from '../../src/base/assert.ts';
import { type LogIndex, logIndex, type NodeId, nodeId, term } from '../../src/base/brand.ts';
import type { Entry } from '../../src/raft/log-store.ts';
import type { Message, Output } from '../../src/raft/types.ts';
import { CoreCluster, type Flight, termRuns } from './core-cluster.ts';

/** The first node's election time-out is 10 ticks, the second's 11, and so on, always. */
const electionTicksMin = 10;
const electionTicksMax = 20;

export class Scenario {
  #cluster: CoreCluster | undefined;
  #lines: string[] = [];
  #brief = false;

  /** Carries out one command and returns what happened. */
  run(command: string): string[] {
    const [verb = '', ...words] = command.trim().split(/\s+/);
    this.#lines = [];
    this.#brief = verb === 'settle';
    this.#dispatch(verb, words);
    return this.#lines.length === 0 ? ['(nothing)'] : this.#lines;
  }

  #dispatch(verb: string, words: string[]): void {
    if (verb === 'nodes') {
      this.#form(words);
      return;
    }
    const commands: Readonly<Record<string, () => void>> = {
      disk: () => this.#disk(words),
      tick: () => this.#tick(node(words[0]), Number(words[1] ?? 1)),
      campaign: () => this.#campaign(node(words[0])),
      propose: () => this.#nodes.propose(node(words[0]), words[1] ?? ''),
      read: () => this.#nodes.read(node(words[0])),
      transfer: () => {
        const to = words[1] === undefined ? undefined : node(words[1]);
        this.#nodes.step(node(words[0]), { kind: 'transfer', to });
      },
      hint: () => {
        const leader = node(words[1]);
        this.#nodes.step(node(words[0]), { kind: 'leader-may-be-dead', leader });
      },
      deliver: () => this.#take(words, true),
      again: () => this.#take(words, false),
      drop: () => this.#drop(words),
      sync: () => this.#sync(words),
      settle: () => this.#settle(words),
      crash: () => this.#nodes.crash(node(words[0])),
      start: () => this.#nodes.start(node(words[0])),
      show: () => this.#show(words.map(node)),
      queue: () => this.#queue(),
    };
    present(commands[verb], `no such command: ${verb}`)();
  }

  get #nodes(): CoreCluster {
    return present(this.#cluster, 'a scenario begins with: nodes …');
  }

  #form(words: string[]): void {
    const names = words.filter((word) => !word.includes('='));
    const single = words.includes('appends=single');
    const settings = { electionTicksMin, electionTicksMax, heartbeatTicks: 2 };
    this.#cluster = new CoreCluster({
      names,
      random: (id) => {
        const fraction = names.indexOf(id) / (electionTicksMax - electionTicksMin);
        return { uint32: () => 0, fraction: () => fraction };
      },
      settings: single ? { ...settings, maxAppendBytes: 1 } : settings,
      observe: (id, output) => this.#observe(id, output),
    });
  }

  #disk([name, ...settings]: string[]): void {
    const fields = new Map(settings.map((setting) => pair(setting)));
    const terms = (fields.get('log') ?? '').split(',').filter((text) => text !== '');
    const log = terms.map((text, place): Entry => {
      const payload = new TextEncoder().encode(`${text}.${place + 1}`);
      return { index: logIndex(place + 1), term: term(Number(text)), payload };
    });
    const vote = fields.get('vote');
    const hardState = {
      term: term(Number(fields.get('term') ?? 0)),
      vote: vote === undefined ? undefined : node(vote),
    };
    this.#nodes.install(node(name), { hardState, log });
  }

  #tick(id: NodeId, count: number): void {
    for (let tick = 0; tick < count; tick++) this.#nodes.step(id, { kind: 'tick' });
  }

  #campaign(id: NodeId): void {
    const role = (): string | undefined => this.#nodes.node(id).raft?.view.role;
    const elections = (): boolean => role() === 'pre-candidate' || role() === 'candidate';
    this.#tick(id, 1);
    for (let tick = 0; tick < 40 && !elections(); tick++) this.#tick(id, 1);
    assert(elections(), `${id} does not campaign`);
  }

  #take([route = '*>*', kind]: string[], remove: boolean): void {
    const { network } = this.#nodes;
    const place = network.findIndex((flight) => matches(flight, route, kind));
    assert(place >= 0, `no message ${route} ${kind ?? ''}`);
    const flight = present(network[place], 'it was found');
    if (remove) network.splice(place, 1);
    this.#nodes.deliver(flight);
  }

  #drop([route = '*>*', kind]: string[]): void {
    const before = this.#nodes.network;
    this.#nodes.network = before.filter((flight) => !matches(flight, route, kind));
    this.#lines.push(`${before.length - this.#nodes.network.length} lost`);
  }

  #sync([name, count]: string[]): void {
    const synced = this.#nodes.sync(node(name), count === undefined ? undefined : Number(count));
    assert(synced, `${name} has nothing to sync`);
  }

  #settle(words: string[]): void {
    const only = words.filter((word) => !word.includes('=')).map(node);
    const without = words.flatMap((word) => word.split('without=').slice(1));
    const among = only.length === 0 ? this.#nodes.voters : only;
    for (let turn = 0; turn < 10_000; turn++) {
      const { network } = this.#nodes;
      const inside = (flight: Flight): boolean =>
        among.includes(flight.from) &&
        among.includes(flight.to) &&
        !without.includes(flight.message.kind);
      const place = network.findIndex(inside);
      const [flight] = place < 0 ? [] : network.splice(place, 1);
      if (flight !== undefined) this.#nodes.deliver(flight);
      else if (!among.some((id) => this.#nodes.sync(id))) return;
    }
    assert(false, 'it does not settle');
  }

  #show(only: NodeId[]): void {
    for (const id of only.length === 0 ? this.#nodes.voters : only) {
      const { raft, memory } = this.#nodes.node(id);
      if (raft === undefined) {
        this.#lines.push(`${id} is down`);
        continue;
      }
      const { role, term: now, vote, leader, commit, durable } = raft.view;
      const log = termRuns(memory).map((run) => `${run.first}/${run.term}`);
      const parts = [`term ${now}`, `vote ${vote ?? '-'}`, `leader ${leader ?? '-'}`];
      parts.push(`commit ${commit}`, `last ${memory.length}`, `durable ${durable}`);
      this.#lines.push(`${id} ${role}: ${parts.join(', ')}, terms ${log.join(' ') || '-'}`);
    }
  }

  #queue(): void {
    for (const { from, to, message } of this.#nodes.network) {
      this.#lines.push(`${from} > ${to} ${describe(message)}`);
    }
  }

  #observe(id: NodeId, output: Output): void {
    const sends = ['persist', 'send', 'send-append', 'accepted'];
    if (this.#brief && sends.includes(output.kind)) return;
    this.#lines.push(`${id}: ${describeOutput(output)}`);
  }
}

const node = (name: string | undefined): NodeId => nodeId(present(name, 'a node is missing'));

function pair(text: string): [string, string] {
  const [key = '', value = ''] = text.split('=');
  return [key, value];
}

function matches(flight: Flight, route: string, kind: string | undefined): boolean {
  const [from = '*', to = '*'] = route.split('>');
  if (from !== '*' && from !== flight.from) return false;
  if (to !== '*' && to !== flight.to) return false;
  return kind === undefined || kind === flight.message.kind;
}

function describe(message: Message): string {
  const { kind, ...fields } = message;
  const words = Object.entries(fields).map(([key, value]) =>
    Array.isArray(value) ? `${key} [${entries(value)}]` : `${key} ${value}`,
  );
  return `${kind} ${words.join(', ')}`;
}

const entries = (list: readonly Entry[]): string =>
  list.map((entry) => `${entry.index}/${entry.term}`).join(' ');

function describeOutput(output: Output): string {
  switch (output.kind) {
    case 'persist': {
      const { write, hardState, truncateFrom, append } = output;
      const words = [`persist ${write}:`];
      if (hardState) words.push(`term ${hardState.term} vote ${hardState.vote ?? '-'}`);
      if (truncateFrom) words.push(`truncate from ${truncateFrom}`);
      if (append.length > 0) words.push(`append [${entries(append)}]`);
      return words.join(' ');
    }
    case 'send':
      return `send ${output.to.join(' ')}: ${describe(output.message)}`;
    case 'send-append': {
      const { to, prevIndex, prevTerm, lastIndex, commit } = output;
      const range = lastIndex > prevIndex ? `${prevIndex + 1}..${lastIndex}` : 'nothing';
      return `append ${to.join(' ')}: ${range} after ${prevIndex}/${prevTerm}, commit ${commit}`;
    }
    case 'role':
      return `is ${output.role} in term ${output.term}, leader ${output.leader ?? '-'}`;
    default: {
      const { kind, ...fields } = output;
      return `${kind} ${Object.values<LogIndex | number | string>(fields).join(' ')}`;
    }
  }
}
