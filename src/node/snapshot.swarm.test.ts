/** All at once: leaders that change, a bad network, a receiver that restarts (P51 to P57). */
import { describe, expect, it } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import { type Move, Story } from '../../test/support/ledger-story.ts';
import { term } from '../base/brand.ts';
import { below } from '../base/random.ts';
import type { SnapshotOffer } from './snapshot-messages.ts';
import type { SnapshotSender } from './snapshot-sender.ts';
import { SnapshotStage, type StageNode, type Told } from './testing/snapshot-stage.ts';

const seeds = 60;
const leaders = 3;
const moves = (count: number): Move[][] =>
  Array.from({ length: count }, (_, n) => [{ kind: (n * 7) % 9, pick: (n * 5) % 11 }]);
/** Each leader has applied a little more than the one before it. */
const stories = Array.from({ length: leaders }, (_, place) => new Story(moves(30 + 10 * place)));
const shortStory = new Story(moves(4));

class Swarm {
  readonly stage: SnapshotStage;
  readonly follower: StageNode;
  readonly leaders: readonly { readonly node: StageNode; readonly sender: SnapshotSender }[];
  /** The newest leader; older ones go on as long as they do not know. */
  newest = 0;
  applied = shortStory.lastIndex;
  restarts = 0;
  #told: Told;

  constructor(seed: number) {
    this.stage = new SnapshotStage(new StepClock(), seed);
    this.follower = this.stage.node('follower');
    this.follower.close(this.follower.tell(shortStory.commits));
    this.leaders = stories.map((story, place) => {
      const node = this.stage.node(`leader-${place}`);
      return { node, sender: node.sender(node.tell(story.commits)) };
    });
    this.#told = this.#receive(0);
    const { random } = this.stage;
    const loss = random.fraction() * 0.3;
    this.stage.delays = () => {
      const copies = random.fraction() < 0.2 ? 2 : 1;
      const delays = Array.from({ length: copies }, () => 1 + random.fraction() ** 6 * 3000);
      return random.fraction() < loss ? [] : delays;
    };
  }

  /** As a peer: wanted from the newest leader that it knows, and never back. */
  #receive(ledgerNumber: number): Told {
    return this.follower.receiver({
      ledgerNumber,
      accepts: ({ id, base }: SnapshotOffer) => id.term >= this.newest && base.index > this.applied,
    });
  }

  offer(place: number): void {
    const { sender } = this.leaders[place]!;
    sender.offer(this.follower.name, term(place), () => {
      // As Raft does: the leader finds the follower still behind, and sends again.
      if (this.applied < stories[place]!.lastIndex) this.offer(place);
    });
  }

  /** The process ends, with its power perhaps; or it opens again on what was installed. */
  restart(crash: boolean): void {
    this.restarts++;
    if (crash) this.follower.crash(below(this.stage.random, 2) === 1);
    const { ledger, place } = this.follower.open();
    expect(ledger.appliedIndex).toBeGreaterThanOrEqual(this.applied);
    expect(place.base?.index ?? shortStory.lastIndex).toBe(ledger.appliedIndex);
    const story = [shortStory, ...stories].find(
      ({ lastIndex }) => lastIndex === ledger.appliedIndex,
    );
    expect(this.follower.stateOf(ledger).digest()).toBe(story?.chapters.at(-1)?.digest);
    this.applied = ledger.appliedIndex;
    this.follower.close(ledger);
    this.#told = this.#receive(place.number);
  }

  /** Lets a little time pass, and opens again when a snapshot was installed. */
  pass(ms: number): void {
    const untilMs = this.stage.clock.monotonicMs() + ms;
    this.stage.until(() => this.#told.places.length > 0, ms);
    expect(this.#told.failures).toEqual([]);
    if (this.#told.places.length > 0) this.restart(false);
    const restMs = untilMs - this.stage.clock.monotonicMs();
    if (restMs > 0) this.stage.pass(restMs);
  }
}

describe('snapshot: swarm', () => {
  it('whatever happens, the ledger is whole, never goes back, and is the newest at last', () => {
    let restarts = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const swarm = new Swarm(seed);
      const { random } = swarm.stage;
      swarm.offer(0);
      for (let event = 0; event < 12; event++) {
        swarm.pass(random.fraction() * 900);
        const choice = below(random, 4);
        if (choice === 0) swarm.restart(true);
        if (choice === 1 && swarm.newest < leaders - 1) swarm.offer(++swarm.newest);
        if (choice === 2) swarm.leaders[below(random, leaders)]?.sender.withdraw();
      }
      swarm.newest = leaders - 1;
      swarm.stage.delays = () => [1];
      for (const { sender } of swarm.leaders) sender.withdraw();
      swarm.offer(leaders - 1);
      const lastIndex = stories.at(-1)!.lastIndex;
      for (let round = 0; round < 40 && swarm.applied < lastIndex; round++) swarm.pass(1000);
      expect(swarm.applied).toBe(lastIndex);
      restarts += swarm.restarts;
    }
    expect(restarts).toBeGreaterThan(2 * seeds);
  }, 60_000);
});
