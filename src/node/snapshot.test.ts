import { describe, expect, it } from 'vitest';
import { StepClock } from '../../test/ports/disk-clock.ts';
import { type Move, Story } from '../../test/support/ledger-story.ts';
import { type LogIndex, logIndex, term } from '../base/brand.ts';
import { ok } from '../base/result.ts';
import type { Ledger } from '../storage/ledger.ts';
import { snapshotInboxes, type ToSource } from './snapshot-messages.ts';
import type { SnapshotReceiver } from './snapshot-receiver.ts';
import type { SnapshotSender } from './snapshot-sender.ts';
import { baseAt, SnapshotStage, type StageNode, type Told } from './testing/snapshot-stage.ts';

const moves = (count: number, salt = 0): Move[][] =>
  Array.from({ length: count }, (_, n) => [{ kind: (n * 7 + salt) % 9, pick: (n * 5) % 11 }]);
const longStory = new Story(moves(60));
const otherStory = new Story(moves(70, 3));
const shortStory = new Story(moves(60).slice(0, 8));

interface Scene {
  readonly stage: SnapshotStage;
  readonly leader: StageNode;
  readonly ledger: Ledger;
  readonly sender: SnapshotSender;
  readonly follower: StageNode;
  readonly receiver: SnapshotReceiver;
  readonly told: Told;
  /** What the sender said of each offer. */
  readonly ends: (LogIndex | undefined)[];
}

/** A leader with the long story and a follower with the beginning of it. */
function scene(given: Parameters<StageNode['receiver']>[0] = {}, seed = 1): Scene {
  const stage = new SnapshotStage(new StepClock(), seed);
  const leader = stage.node('leader');
  const ledger = leader.tell(longStory.commits);
  const follower = stage.node('follower');
  follower.close(follower.tell(shortStory.commits));
  const { receiver, ...told } = follower.receiver(given);
  const sender = leader.sender(ledger);
  return { stage, leader, ledger, sender, follower, receiver, told, ends: [] };
}

function offer({ sender, follower, ends }: Scene, inTerm = 2): void {
  sender.offer(follower.name, term(inTerm), (index) => ends.push(index));
}

/** The follower opened again: what its ledger is now. */
function reopened({ stage, follower, receiver }: Scene) {
  stage.settled<true>((done) => receiver.stop(() => done(true)));
  const { ledger, place } = follower.open();
  const { appliedIndex, appliedAt } = ledger;
  const digest = follower.stateOf(ledger).digest();
  follower.close(ledger);
  return { place, appliedIndex, appliedAt, digest };
}

/** Without the prefix that all of them have. */
const kindOf = (message: unknown): string =>
  (message as { kind: string }).kind.replace('snapshot-', '');

const kindsSent = ({ stage }: Scene): string[] => stage.sent.map(({ message }) => kindOf(message));

describe('snapshot: from the leader into a node', () => {
  it('gives the whole ledger at one index, with the configuration of that index (P55)', () => {
    const play = scene();
    offer(play);
    expect(play.stage.until(() => play.told.places.length > 0)).toBe(true);
    expect(play.stage.until(() => play.ends.length > 0)).toBe(true);
    const { lastIndex } = longStory;
    expect(play.ends).toEqual([lastIndex]);
    expect(play.told.places).toEqual([{ store: 'ledger-1', number: 1, base: baseAt(lastIndex) }]);
    expect(play.follower.rows('ledger-1')).toBe(play.leader.rows('ledger'));
    const after = reopened(play);
    expect(after.place).toEqual(play.told.places[0]);
    expect(after.appliedIndex).toBe(lastIndex);
    expect(after.appliedAt).toBe(play.ledger.appliedAt);
    expect(after.digest).toBe(longStory.chapters[lastIndex]?.digest);
    expect([...play.follower.disk.backup().stores.keys()]).toEqual(['ledger-1']);
    expect(kindsSent(play).filter((kind) => kind === 'page').length).toBeGreaterThan(20);
  });

  it('holds the view while the ledger goes on (P58)', () => {
    const play = scene();
    offer(play);
    play.stage.until(() => kindsSent(play).includes('page'));
    const more = new Story(moves(60));
    play.ledger.commit(more.tell([{ kind: 0, pick: 1 }]));
    expect(play.stage.until(() => play.told.places.length > 0)).toBe(true);
    expect(play.ledger.appliedIndex).toBe(longStory.lastIndex + 1);
    expect(reopened(play).digest).toBe(longStory.chapters.at(-1)?.digest);
  });

  it('arrives though a fifth of everything is lost, doubled or late (P57)', () => {
    for (let seed = 1; seed <= 15; seed++) {
      const play = scene({}, seed);
      const { random } = play.stage;
      play.stage.delays = () => {
        if (random.fraction() < 0.2) return [];
        const delayMs = (): number => 1 + (random.fraction() < 0.2 ? random.fraction() * 400 : 0);
        return random.fraction() < 0.2 ? [delayMs(), delayMs()] : [delayMs()];
      };
      offer(play);
      expect(play.stage.until(() => play.told.places.length > 0, 300_000)).toBe(true);
      expect(play.follower.rows('ledger-1')).toBe(play.leader.rows('ledger'));
      expect(play.told.places).toHaveLength(1);
    }
  });

  it('goes on where it stopped when the leader was silent for a while', () => {
    const play = scene();
    offer(play);
    const pages = (): number => kindsSent(play).filter((kind) => kind === 'page').length;
    play.stage.until(() => pages() > 10);
    play.stage.delays = () => [];
    play.stage.pass(12_000);
    const before = pages();
    play.stage.delays = () => [1];
    expect(play.stage.until(() => play.told.places.length > 0)).toBe(true);
    const whole = scene();
    offer(whole);
    whole.stage.until(() => whole.told.places.length > 0);
    const wholePages = kindsSent(whole).filter((kind) => kind === 'page').length;
    expect(pages() - before).toBeLessThan(wholePages - 5);
  });

  it('a damaged page is asked for again', () => {
    const play = scene();
    let damaged = 0;
    offer(play);
    play.stage.damage = ({ message }) => {
      const page = (message as { page?: { number: number; body: Uint8Array } }).page;
      if (page?.body === undefined || page.number % 5 !== 3 || damaged >= 6) return;
      damaged++;
      page.body[9]! ^= 4;
    };
    expect(play.stage.until(() => play.told.places.length > 0)).toBe(true);
    expect(damaged).toBe(6);
    expect(play.follower.rows('ledger-1')).toBe(play.leader.rows('ledger'));
  });

  it('a whole that is not what was sent is removed, told, and taken anew (P57)', () => {
    const play = scene();
    offer(play);
    play.stage.damage = ({ message }) => {
      const page = (message as { page?: { digest: string | null } }).page;
      if (page?.digest) Object.assign(page, { digest: 'f00d' });
    };
    expect(play.stage.until(() => play.ends.length > 0)).toBe(true);
    expect(play.ends).toEqual([undefined]);
    expect(play.told).toEqual({ places: [], failures: [] });
    expect([...play.follower.disk.backup().stores.keys()]).toEqual(['ledger']);
    play.stage.damage = () => {};
    offer(play);
    expect(play.stage.until(() => play.told.places.length > 0)).toBe(true);
    expect(play.follower.rows('ledger-1')).toBe(play.leader.rows('ledger'));
  });
});

describe('snapshot: two sessions at once', () => {
  it('a new leader takes over in the middle; no page of the old one is mixed in (P53)', () => {
    for (const pagesBefore of [0, 1, 3, 9, 20]) {
      const play = scene();
      const { stage } = play;
      const successor = stage.node('successor');
      const ledger = successor.tell(otherStory.commits);
      const sender = successor.sender(ledger);
      offer(play);
      const pages = (): number => kindsSent(play).filter((kind) => kind === 'page').length;
      stage.until(() => kindsSent(play).includes('offer') && pages() >= pagesBefore);
      const ends: unknown[] = [];
      sender.offer(play.follower.name, term(3), (index) => ends.push(index));
      expect(stage.until(() => play.told.places.length > 0)).toBe(true);
      expect(play.told.places[0]?.base?.index).toBe(otherStory.lastIndex);
      expect(play.follower.rows('ledger-1')).toBe(successor.rows('ledger'));
      expect(stage.until(() => ends.length > 0 && play.ends.length > 0)).toBe(true);
      expect(play.ends).toEqual([undefined]);
      expect(ends).toEqual([otherStory.lastIndex]);
    }
  });

  it('pages of the old leader that come late are not taken for those of the new one (P53)', () => {
    const play = scene();
    const { stage } = play;
    const successor = stage.node('successor');
    const sender = successor.sender(successor.tell(otherStory.commits));
    const manyTimes = Array.from({ length: 80 }, (_, copy) => 1 + copy * 2);
    stage.delays = ({ from, message }) =>
      from === play.leader.name && kindOf(message) === 'page' ? manyTimes : [1];
    offer(play);
    stage.until(() => kindsSent(play).filter((kind) => kind === 'page').length > 12);
    const ends: unknown[] = [];
    sender.offer(play.follower.name, term(3), (index) => ends.push(index));
    expect(stage.until(() => ends.length > 0)).toBe(true);
    expect(ends).toEqual([otherStory.lastIndex]);
    expect(play.follower.rows('ledger-1')).toBe(successor.rows('ledger'));
  });

  it('words about another session neither end one nor make it a success (P30)', () => {
    const play = scene();
    offer(play);
    play.stage.until(() => kindsSent(play).includes('page'));
    for (const id of [
      { term: term(1), session: 1 },
      { term: term(2), session: 0 },
      { term: term(3), session: 1 },
    ]) {
      const say = (message: ToSource): void =>
        play.follower.wire.send(play.leader.name, snapshotInboxes.source, 'control', message);
      say({ kind: 'snapshot-refused', id });
      say({ kind: 'snapshot-installed', id, index: logIndex(3) });
    }
    expect(play.stage.until(() => play.ends.length > 0)).toBe(true);
    expect(play.ends).toEqual([longStory.lastIndex]);
    expect(play.told.places).toHaveLength(1);
  });

  it('an offer of an older term changes nothing, before, during and after an install', () => {
    const play = scene();
    const old = play.stage.node('old');
    const sender = old.sender(old.tell(otherStory.commits));
    const ends: unknown[] = [];
    offer(play, 5);
    play.stage.until(() => kindsSent(play).includes('page'));
    sender.offer(play.follower.name, term(4), (index) => ends.push(index));
    expect(play.stage.until(() => play.told.places.length > 0)).toBe(true);
    expect(play.follower.rows('ledger-1')).toBe(play.leader.rows('ledger'));
    play.stage.until(() => ends.length > 0);
    expect(ends).toEqual([undefined]);
    expect(play.told.places).toHaveLength(1);
  });

  it('a newer offer of the same leader begins anew (P30)', () => {
    const play = scene();
    offer(play);
    play.stage.until(() => kindsSent(play).filter((kind) => kind === 'page').length > 8);
    offer(play);
    expect(play.stage.until(() => play.told.places.length > 0 && play.ends.length > 0)).toBe(true);
    expect(play.ends).toEqual([longStory.lastIndex]);
    expect(play.follower.rows('ledger-1')).toBe(play.leader.rows('ledger'));
  });

  it('what is not wanted is declined at the offer, and the sender told', () => {
    const play = scene({ accepts: () => false });
    offer(play);
    expect(play.stage.until(() => play.ends.length > 0, 3000)).toBe(true);
    expect(play.ends).toEqual([undefined]);
    expect(kindsSent(play)).not.toContain('page');
  });

  it('is not installed when the log went on without it meanwhile (P51)', () => {
    let asked = 0;
    const play = scene({ accepts: () => ++asked === 1 });
    offer(play);
    expect(play.stage.until(() => play.ends.length > 0)).toBe(true);
    expect(asked).toBe(2);
    expect(play.ends).toEqual([undefined]);
    expect(reopened(play).appliedIndex).toBe(shortStory.lastIndex);
  });
});

describe('snapshot: the sender', () => {
  it('serves two at a time, and the third when one of them has ended', () => {
    const play = scene();
    const { stage } = play;
    const ends: string[] = [];
    const others = ['b', 'c'].map((name) => stage.node(name));
    for (const node of others) {
      node.close(node.tell(shortStory.commits));
      node.receiver();
    }
    for (const node of [play.follower, ...others]) {
      play.sender.offer(node.name, term(2), (index) => ends.push(`${node.name} ${index}`));
    }
    const offeredTo = (): string[] => [
      ...new Set(
        stage.sent
          .filter(({ message }) => kindOf(message) === 'offer')
          .map(({ to }) => to as string),
      ),
    ];
    stage.until(() => ends.length === 1);
    expect(offeredTo()).toHaveLength(2);
    expect(stage.until(() => ends.length === 3)).toBe(true);
    expect(ends.every((end) => end.endsWith(` ${longStory.lastIndex}`))).toBe(true);
  });

  it('gives up after ten seconds without an answer, and after fifteen of silence', () => {
    const play = scene();
    play.stage.delays = () => [];
    const startMs = play.stage.clock.monotonicMs();
    offer(play);
    play.stage.until(() => play.sender.oldestIndex !== undefined);
    expect(play.sender.oldestIndex).toBe(longStory.lastIndex);
    expect(play.stage.until(() => play.ends.length > 0)).toBe(true);
    const tookMs = play.stage.clock.monotonicMs() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(10_000);
    expect(tookMs).toBeLessThan(13_000);
    expect(play.sender.oldestIndex).toBeUndefined();

    play.stage.delays = () => [1];
    offer(play);
    play.stage.until(() => kindsSent(play).includes('page'));
    play.stage.delays = () => [];
    const silentMs = play.stage.clock.monotonicMs();
    expect(play.stage.until(() => play.ends.length > 1)).toBe(true);
    expect(play.ends).toEqual([undefined, undefined]);
    expect(play.stage.clock.monotonicMs() - silentMs).toBeGreaterThanOrEqual(15_000);
  });

  it('takes a fresh view when the place of the first is not in the log', () => {
    const play = scene();
    let asked = 0;
    play.sender.stop();
    const sender = play.leader.sender(play.ledger, (index, done) =>
      play.stage.clock.soon(() => done(ok(++asked < 3 ? undefined : baseAt(index)))),
    );
    sender.offer(play.follower.name, term(2), (index) => play.ends.push(index));
    expect(play.stage.until(() => play.ends.length > 0)).toBe(true);
    expect([asked, play.ends]).toEqual([3, [longStory.lastIndex]]);
  });

  it('lets go of its view at every moment, so that the ledger can be closed', () => {
    for (let steps = 0; steps < 60; steps++) {
      const play = scene();
      offer(play);
      for (let step = 0; step < steps; step++) play.stage.clock.step();
      play.sender.stop();
      play.leader.close(play.ledger);
      play.stage.pass(30_000);
      expect(play.ends).toEqual([]);
    }
  });

  it('a node that asks for a session that is over is told, and gives up its stage', () => {
    const play = scene();
    offer(play);
    play.stage.until(() => kindsSent(play).filter((kind) => kind === 'page').length > 5);
    play.sender.withdraw();
    expect(play.stage.until(() => kindsSent(play).includes('over'))).toBe(true);
    play.stage.pass(1000);
    expect([...play.follower.disk.backup().stores.keys()]).toEqual(['ledger']);
    expect(play.told).toEqual({ places: [], failures: [] });
  });

  it('a damaged value is never sent (P43)', () => {
    const play = scene();
    const failures: string[] = [];
    play.leader.close(play.ledger);
    const image = play.leader.disk.store('ledger');
    const [row] = image.rows().scan({ from: 'history', to: 'i', limit: 1 });
    image.flipBit(row!.key, 70);
    const { ledger } = play.leader.open((error) => failures.push(error.message));
    play.sender.stop();
    const sender = play.leader.sender(ledger);
    sender.offer(play.follower.name, term(2), (index) => play.ends.push(index));
    expect(play.stage.until(() => play.ends.length > 0)).toBe(true);
    expect(play.ends).toEqual([undefined]);
    expect(failures.join()).toContain('history');
    expect(play.told.places).toEqual([]);
  });
});

describe('snapshot: a crash or a stop of the receiver', () => {
  it('at any step leaves the old ledger or the new one, whole, with its base (P52, P54)', () => {
    const outcomes = new Map<number, number>();
    let ended = false;
    for (let steps = 1; !ended; steps++) {
      for (const loseUnsynced of [true, false]) {
        const play = scene({}, steps);
        offer(play);
        for (let step = 0; step < steps && play.told.places.length === 0; step++) {
          play.stage.clock.step();
        }
        ended = play.told.places.length > 0;
        play.follower.disk.crash({ loseUnsynced });
        play.stage.clock.clear();
        const { ledger, place } = play.follower.open();
        const story = place.number === 0 ? shortStory : longStory;
        expect(ledger.appliedIndex).toBe(story.lastIndex);
        expect(play.follower.stateOf(ledger).digest()).toBe(story.chapters.at(-1)?.digest);
        expect(place.base).toEqual(place.number === 0 ? undefined : baseAt(story.lastIndex));
        expect([...play.follower.disk.backup().stores.keys()]).toEqual([place.store]);
        outcomes.set(place.number, (outcomes.get(place.number) ?? 0) + 1);
      }
    }
    expect(outcomes.get(0)).toBeGreaterThan(100);
    expect(outcomes.get(1)).toBeGreaterThan(1);
  }, 60_000);

  it('a restart in the middle begins anew and arrives', () => {
    for (const steps of [40, 120, 250, 400]) {
      const play = scene();
      offer(play);
      for (let step = 0; step < steps; step++) play.stage.clock.step();
      play.follower.crash(true);
      const { ledger, place } = play.follower.open();
      if (place.number === 1) continue;
      play.follower.close(ledger);
      const again = play.follower.receiver();
      const ends = (): boolean => play.ends.length > 0;
      while (again.places.length === 0) {
        expect(play.stage.until(() => ends() || again.places.length > 0)).toBe(true);
        if (play.ends.pop() === undefined && again.places.length === 0) offer(play);
      }
      expect(play.follower.rows('ledger-1')).toBe(play.leader.rows('ledger'));
    }
  });

  it('at any step a stop ends with a disk at rest, that can be opened again at once', () => {
    for (let steps = 1; ; steps++) {
      const play = scene();
      offer(play);
      for (let step = 0; step < steps; step++) play.stage.clock.step();
      const isOver = play.told.places.length > 0;
      const { place, appliedIndex } = reopened(play);
      expect(appliedIndex).toBe((place.number === 0 ? shortStory : longStory).lastIndex);
      if (isOver) break;
    }
  }, 60_000);

  it('a storage error is told once, and nothing is said after it (I15)', () => {
    for (let steps = 10; steps < 400; steps += 13) {
      const play = scene();
      offer(play);
      for (let step = 0; step < steps; step++) play.stage.clock.step();
      play.follower.disk.setFull(true);
      play.stage.until(() => play.told.failures.length + play.told.places.length > 0);
      if (play.told.places.length > 0) break;
      const said = play.stage.sent.filter(({ from }) => from === play.follower.name).length;
      play.stage.pass(40_000);
      expect(play.told.failures).toHaveLength(1);
      expect(play.told.places).toEqual([]);
      expect(play.stage.sent.filter(({ from }) => from === play.follower.name)).toHaveLength(said);
    }
  });
});
