/**
 * The language of the text scenarios: one command a line, and what the nodes did below it. Nodes
 * hear nothing and sync nothing but by command, so a scenario is an exact interleaving.
 *
 *   nodes a b c                 a cluster of empty nodes; spare=d,e run too and belong to nothing
 *                               yet, maxAppendBytes=1 is a setting, timeouts=same for all nodes
 *   disk a term=2 vote=b log=1,1,2   what a node finds at its start: entries by term
 *   disk a base=7/2 log=2,3     the log begins behind index 7, whose term was 2
 *   tick a 3 · campaign a       time passes; until it campaigns
 *   propose a x · read a · transfer a b · hint a b    hint: b may be dead
 *   change a add d              also promote, demote and remove; the life that d has now
 *   compact a 5                 the log of a begins behind index 5
 *   snapshot a>b                b restarts with the ledger of a; lost: it does not get there
 *   deliver a>b kind 2          the second oldest such message; `*` is any node, 2 and kind may be
 *                               left out
 *   again a>b kind              delivers a copy, the message stays
 *   drop a>b kind               loses all such messages
 *   sync a 1                    the first waiting write, or all
 *   settle a b                  delivers and syncs among these (or all) until nothing moves, in
 *                               brief; without=append leaves messages of that kind where they are
 *   crash a · start a           what is not synced is lost
 *   wipe a                      all is lost: a starts as another incarnation
 *   show a b · queue            state of nodes; messages on their way
 *   members a                   the configuration that rules at a node
 */
import { assert, present } from '../../src/base/assert.ts';
import { type LogIndex, logIndex, type NodeId, nodeId, term } from '../../src/base/brand.ts';
import type { Entry } from '../../src/raft/log-store.ts';
import type { Member, MemberChange, Members } from '../../src/raft/members.ts';
import { type CoreSettings, defaultCoreSettings } from '../../src/raft/settings.ts';
import type { Message, Output } from '../../src/raft/types.ts';
import { CoreCluster, type Flight } from './core-cluster.ts';
import { termRuns } from './core-node.ts';

/** The first node's election time-out is 10 ticks, the second's 11, and so on, always. */
const electionTicksMin = 10;
const electionTicksMax = 20;

const scenarioSettings = {
  electionTicksMin,
  electionTicksMax,
  heartbeatTicks: 2,
  diskHangTicks: electionTicksMin,
} as const satisfies Partial<CoreSettings>;

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
    return this.#lines;
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
      change: () => this.#change(words),
      compact: () => {
        const to = logIndex(Number(words[1]));
        this.#nodes.step(node(words[0]), { kind: 'compact', to });
      },
      snapshot: () => this.#snapshot(words),
      wipe: () => this.#nodes.wipe(node(words[0])),
      crash: () => this.#nodes.crash(node(words[0])),
      start: () => this.#nodes.start(node(words[0])),
      show: () => this.#show(words.map(node)),
      members: () => this.#members(words.map(node)),
      queue: () => this.#queue(),
    };
    present(commands[verb], `no such command: ${verb}`)();
  }

  get #nodes(): CoreCluster {
    return present(this.#cluster, 'a scenario begins with: nodes …');
  }

  #form(words: string[]): void {
    const names = words.filter((word) => !word.includes('='));
    const { spare, timeouts, ...settings } = Object.fromEntries(
      words.filter((word) => word.includes('=')).map(pair),
    );
    const spares = spare === undefined ? [] : spare.split(',');
    const all = [...names, ...spares];
    this.#cluster = new CoreCluster({
      names,
      spares,
      random: (id) => {
        const place = timeouts === 'same' ? 0 : all.indexOf(id);
        const fraction = place / (electionTicksMax - electionTicksMin);
        return { uint32: () => 0, fraction: () => fraction };
      },
      settings: { ...scenarioSettings, ...coreSettings(settings) },
      observe: (id, output) => this.#observe(id, output),
    });
  }

  #disk([name, ...settings]: string[]): void {
    const fields = new Map(settings.map((setting) => pair(setting)));
    const terms = (fields.get('log') ?? '').split(',').filter((text) => text !== '');
    const [baseIndex = 0, baseTerm = 0] = (fields.get('base') ?? '0/0').split('/').map(Number);
    const { members } = this.#nodes.checker;
    const base = { index: logIndex(baseIndex), term: term(baseTerm), chain: 0, members };
    const log = terms.map((text, place): Entry => {
      const index = logIndex(baseIndex + place + 1);
      const payload = new TextEncoder().encode(`${text}.${index}`);
      return { index, term: term(Number(text)), payload };
    });
    const vote = fields.get('vote');
    const hardState = {
      term: term(Number(fields.get('term') ?? 0)),
      vote: vote === undefined ? undefined : node(vote),
    };
    this.#nodes.install(node(name), {
      hardState,
      base: fields.has('base') ? base : undefined,
      log,
    });
  }

  #change([name, verb = '', target]: string[]): void {
    const kinds = { add: 'add-learner', promote: 'promote', demote: 'demote', remove: 'remove' };
    const kind = present(new Map(Object.entries(kinds)).get(verb), `no such change: ${verb}`);
    this.#nodes.change(node(name), kind as MemberChange['kind'], node(target));
  }

  #snapshot([route = '', lost]: string[]): void {
    const [from, to] = route.split('>').map(node);
    const leader = present(from, 'whose snapshot');
    const follower = present(to, 'for whom');
    assert(this.#nodes.node(leader).snapshots.delete(follower), `${route} is not asked for`);
    if (lost === undefined) this.#nodes.carrySnapshot(leader, follower);
    else this.#nodes.step(leader, { kind: 'snapshot-ended', to: follower, index: undefined });
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

  #take([route = '*>*', kind, nth = '1']: string[], remove: boolean): void {
    const { network } = this.#nodes;
    const found = network.filter((flight) => matches(flight, route, kind))[Number(nth) - 1];
    const flight = present(found, `no message ${route} ${kind ?? ''}`);
    if (remove) network.splice(network.indexOf(flight), 1);
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
    const among = only.length === 0 ? this.#nodes.ids : only;
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
    for (const id of only.length === 0 ? this.#nodes.ids : only) {
      const { raft, memory } = this.#nodes.node(id);
      if (raft === undefined) {
        this.#lines.push(`${id} is down`);
        continue;
      }
      const { role, term: now, vote, leader, commit, durable } = raft.view;
      const log = termRuns(memory.entries).map((run) => `${run.first}/${run.term}`);
      const parts = [`term ${now}`, `vote ${vote ?? '-'}`, `leader ${leader ?? '-'}`];
      parts.push(`commit ${commit}`, `last ${memory.lastIndex}`, `durable ${durable}`);
      if (memory.base.index > 0) parts.push(`base ${memory.base.index}/${memory.base.term}`);
      this.#lines.push(`${id} ${role}: ${parts.join(', ')}, terms ${log.join(' ') || '-'}`);
    }
  }

  #members(only: NodeId[]): void {
    for (const id of only) {
      const { raft } = this.#nodes.node(id);
      const { members, index } = present(raft, `${id} is down`).view.members;
      this.#lines.push(`${id}: ${describeMembers(members)}, at ${index}`);
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

/** Settings as numbers; a misspelt one is an error. */
function coreSettings(given: Readonly<Record<string, string>>): Partial<CoreSettings> {
  for (const name of Object.keys(given)) assert(name in defaultCoreSettings, `no setting ${name}`);
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, Number(value)]));
}

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
      const { write, hardState, truncateFrom, append, purgeTo } = output;
      const words = [`persist ${write}:`];
      if (hardState) words.push(`term ${hardState.term} vote ${hardState.vote ?? '-'}`);
      if (truncateFrom) words.push(`truncate from ${truncateFrom}`);
      if (append.length > 0) words.push(`append [${entries(append)}]`);
      if (purgeTo) words.push(`purge to ${purgeTo}`);
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
    case 'members': {
      const { members, index, committed } = output;
      return `members ${describeMembers(members)}, at ${index}${committed ? ', committed' : ''}`;
    }
    default: {
      const { kind, ...fields } = output;
      return `${kind} ${Object.values<LogIndex | number | string>(fields).join(' ')}`;
    }
  }
}

function describeMembers({ voters, learners }: Members): string {
  const words = [`voters ${names(voters)}`];
  if (learners.length > 0) words.push(`learners ${names(learners)}`);
  return words.join(', ');
}

const names = (members: readonly Member[]): string => members.map(({ node: id }) => id).join(' ');
