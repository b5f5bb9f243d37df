/**
 * The language of scenarios about whole peers, in virtual time: the real Raft driver, scheduler,
 * postbox, snapshots and stores, on simulated disks and a simulated network. Only what matters is
 * said, without indexes, terms and times, so that tuning changes no trace.
 *
 *   peers a b c                 a cluster; kept=20 and most=40 entries stay in the log, page=600
 *                               bytes of a snapshot and commit=100 of entries travel at a time
 *   lead a                      until a leads and has committed all that it has
 *   write a 5 · read a          five writes, answered one by one; a linearizable read
 *   ask a x · begin a w1 3      a write whose answer is told when it comes; three runs of DAG w1
 *   run 3000                    milliseconds
 *   await c installed           until c says so; `await c alike`: until it has all that is
 *                               committed; `await c voter`: until it votes
 *   cut a b · heal              both ways
 *   hold a>c snapshot-page 3    from the third such message on; `release a>c kind 2` delivers two
 *                               of them, or all, and loses the others
 *   lose · double · delay       a quarter of all messages from now on; `calm`
 *   kill a · power a · start a  SIGKILL; with the power, what is not synced is lost
 *   strike a 5                  the power of a fails in its fifth sync from now on
 *   pause a 3000 · hang a 3000  the process; its disk · `slow a 200`: each sync
 *   eio a · full a · roomy a · low a    the next sync fails; no space; space again; little space
 *   keep a · restore a · wipe a         a backup of the directory; back; nothing (a is down)
 *   clone a a2                  a2 is a machine with a copy of it, under the same name
 *   flip a log · roll a log 3 · empty a log    a silent fault (a is down): one bit, the newest
 *                               batches, everything
 *   show · alike                how each node stands; whether all have the same
 */
import { present } from '../../src/base/assert.ts';
import type { NodeId } from '../../src/base/brand.ts';
import { memberNamed } from '../../src/raft/members.ts';
import type { DiskImage } from '../../src/storage/memory.ts';
import { PeerClients } from './peer-clients.ts';
import type { PeerNode } from './peer-node.ts';
import { PeerWorld, type Weather } from './peer-world.ts';

type Commands = Readonly<Record<string, () => void>>;

export class PeerScenario {
  #begun: { readonly world: PeerWorld; readonly clients: PeerClients } | undefined;
  readonly #kept = new Map<NodeId, DiskImage>();
  #lines: string[] = [];

  /** Carries out one command and returns what happened. */
  run(command: string): readonly string[] {
    const [verb = '', ...words] = command.trim().split(/\s+/);
    this.#lines = [];
    const [first = '', second = ''] = words;
    if (verb === 'peers') {
      this.#form(words);
      return this.#lines;
    }
    const commands: Commands = {
      run: () => this.#world.pass(Number(first)),
      heal: () => this.#world.cuts.clear(),
      cut: () => void this.#world.cuts.add(`${first}>${second}`).add(`${second}>${first}`),
      hold: () => this.#world.hold(`${first} ${second}`, Number(words[2] ?? 1) - 1),
      release: () => this.#world.release(`${first} ${second}`, Number(words[2] ?? Infinity)),
      show: () => this.#show(),
      alike: () => void this.#lines.push(this.#clients.compare()),
      ...this.#weathers(),
      ...this.#toNode(words),
    };
    present(commands[verb], `no such command: ${verb}`)();
    return this.#lines;
  }

  /** The power of a node has failed as it should. */
  get struck(): boolean {
    return this.#world.said.some((line) => line.endsWith('loses power'));
  }

  #weathers(): Commands {
    const weathers: readonly Weather[] = ['calm', 'lose', 'double', 'delay'];
    const set = (weather: Weather) => (): void => {
      this.#world.weather = weather;
    };
    return Object.fromEntries(weathers.map((weather) => [weather, set(weather)]));
  }

  /** Commands whose first word is a node. */
  #toNode([name = '', word = '', count = '1']: readonly string[]): Commands {
    const node = (): PeerNode => this.#world.node(name);
    const store = () => node().disk.store(word);
    const say = (text: string): void => void this.#lines.push(text);
    return {
      lead: () => this.#lead(node()),
      await: () => this.#await(node(), word),
      write: () => say(this.#clients.write(node(), Number(word))),
      read: () => say(this.#clients.read(node())),
      ask: () => this.#clients.ask(node(), word, (answer) => say(`${word}: ${answer}`)),
      begin: () => say(this.#clients.begin(node(), word, Number(count))),
      start: () => node().start(),
      kill: () => node().kill(),
      power: () => node().kill(true),
      strike: () => node().strikeIn(Number(word)),
      pause: () => node().pause(Number(word)),
      hang: () => node().hang(Number(word)),
      slow: () => node().slow(Number(word)),
      eio: () => node().disk.failNextSync(),
      full: () => node().disk.setFull(true),
      roomy: () => node().disk.setFull(false),
      low: () => {
        present(node().peer, `${name} is down`).raft.diskLow = true;
      },
      keep: () => void this.#kept.set(node().id, node().disk.backup()),
      restore: () => node().disk.restore(present(this.#kept.get(node().id), 'nothing was kept')),
      wipe: () => node().disk.wipe(),
      clone: () => this.#world.clone(node(), word),
      flip: () => {
        const rows = store().rows().scan({ from: '', to: '~', limit: 1e6 });
        store().flipBit(present(rows[rows.length >> 1], 'the store has rows').key, 20);
      },
      roll: () => store().rollBack(Number(count)),
      empty: () => store().empty(),
    };
  }

  get #world(): PeerWorld {
    return present(this.#begun, 'a scenario begins with: peers …').world;
  }

  get #clients(): PeerClients {
    return present(this.#begun, 'a scenario begins with: peers …').clients;
  }

  #form(words: readonly string[]): void {
    const world = new PeerWorld({
      names: words.filter((word) => !word.includes('=')),
      fields: new Map(words.map((word) => word.split('=') as [string, string])),
      said: (node, text) => this.#lines.push(`${node}: ${text}`),
    });
    this.#begun = { world, clients: new PeerClients(world) };
  }

  #lead(wanted: PeerNode): void {
    const world = this.#world;
    const leads = (): boolean => {
      const status = wanted.peer?.raft.status();
      return status?.role === 'leader' && status.commitIndex === status.lastIndex;
    };
    while (!leads()) {
      world.until(() => world.leader() !== undefined, 'a leader');
      const leader = present(world.leader(), 'there is one');
      if (leader !== wanted) leader.peer?.raft.transfer(wanted.id, () => {});
      world.pass(100);
    }
  }

  #await(node: PeerNode, what: string): void {
    const world = this.#world;
    const { id } = node;
    const from = world.said.length;
    const conditions: Readonly<Record<string, () => boolean>> = {
      alike: () => world.hasAll(node),
      voter: () => votes(world.leader(), id) && votes(node, id),
    };
    const says = (): boolean =>
      world.said.slice(from).some((line) => line.startsWith(`${id} ${what}`));
    world.until(conditions[what] ?? says, `${id} ${what}`);
  }

  #show(): void {
    for (const [id, { peer, isUp }] of this.#world.nodes) {
      if (peer === undefined) {
        this.#lines.push(`${id} ${isUp ? 'is not in yet' : 'is down'}`);
        continue;
      }
      const { role, baseIndex } = peer.raft.status();
      const writes = this.#world.look(peer, (state) => [...state.dags()].length);
      this.#lines.push(`${id} ${role}, log ${baseIndex > 0 ? 'cut' : 'whole'}, ${writes} writes`);
    }
  }
}

/** Whether `node` believes that the life which `id` has now is a voter. */
function votes(node: PeerNode | undefined, id: NodeId): boolean {
  const members = node?.peer?.raft.status().members.members;
  const life = members && memberNamed(members, id)?.incarnation;
  return members?.voters.some(({ incarnation }) => incarnation === life) ?? false;
}
