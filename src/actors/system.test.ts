import { describe, expect, it } from 'vitest';
import { ActorStage } from './testing/actor-stage.ts';
import type { Context, Factory } from './types.ts';

/** Notes what it receives and when its turns close. */
const noting =
  (notes: string[]): Factory<string> =>
  () => ({
    receive: (message) => notes.push(message),
    drained: () => notes.push('|'),
    stopped: () => notes.push('stopped'),
  });

describe('actors', () => {
  it('a message is handled in a later turn, never within tell', () => {
    const { clock, system } = new ActorStage();
    const notes: string[] = [];
    const ref = system.spawn('a', noting(notes));
    expect(ref.tell('one')).toBe(true);
    expect(notes).toEqual([]);
    clock.advance(0);
    expect(notes).toEqual(['one', '|']);
  });

  it('all that waits is one turn, closed once', () => {
    const { clock, system } = new ActorStage();
    const notes: string[] = [];
    const ref = system.spawn('a', noting(notes));
    for (const message of ['1', '2', '3']) ref.tell(message);
    clock.advance(0);
    ref.tell('4');
    clock.advance(0);
    expect(notes).toEqual(['1', '2', '3', '|', '4', '|']);
    expect(system.counters()).toMatchObject({ turns: 2, messages: 4, actors: 1 });
  });

  it('the throughput limit closes the turn and others get theirs before the rest', () => {
    const { clock, system } = new ActorStage();
    const notes: string[] = [];
    const greedy = system.spawn('greedy', noting(notes), { throughputMax: 2 });
    const modest = system.spawn('modest', noting(notes));
    for (const message of ['1', '2', '3']) greedy.tell(message);
    modest.tell('modest');
    clock.advance(0);
    expect(notes).toEqual(['1', '2', '|', 'modest', '|', '3', '|']);
  });

  it('what an actor tells itself is handled in the same drain if the limit leaves room', () => {
    const { clock, system } = new ActorStage();
    const notes: string[] = [];
    const counting: Factory<number> = ({ self }) => ({
      receive: (left) => {
        notes.push(`${left}`);
        if (left > 0) self.tell(left - 1);
      },
      drained: () => notes.push('|'),
    });
    system.spawn('a', counting, { throughputMax: 3 }).tell(3);
    clock.advance(0);
    expect(notes).toEqual(['3', '2', '1', '|', '0', '|']);
  });

  it('a full mailbox refuses the message and counts it', () => {
    const { clock, system, events } = new ActorStage();
    const notes: string[] = [];
    const ref = system.spawn('a', noting(notes), { mailboxMax: 1 });
    expect(ref.tell('kept')).toBe(true);
    expect(ref.tell('refused')).toBe(false);
    clock.advance(0);
    expect(notes).toEqual(['kept', '|']);
    expect(system.counters().deadLetters.full).toBe(1);
    const fields = { reason: 'full', path: '/a', kind: 'string' };
    expect(events).toContainEqual({ level: 'debug', name: 'actor.dead-letter', fields });
    expect(system.deadLetters()).toEqual([{ atMs: 0, ...fields }]);
  });

  it('stopping the system ends children before parents and the youngest first', () => {
    const { clock, system } = new ActorStage();
    const ends: string[] = [];
    const leaf = ({ self }: Context<string>) => ({
      receive: () => {},
      stopped: () => ends.push(self.path),
    });
    system.spawn<string>('old', (context) => {
      context.spawn('first', leaf);
      context.spawn('second', leaf);
      return leaf(context);
    });
    system.spawn('young', leaf);
    clock.advance(0);
    let done = false;
    system.stop(() => {
      done = true;
    });
    expect(ends).toEqual([]);
    clock.advance(0);
    expect(ends).toEqual(['/young', '/old/second', '/old/first', '/old']);
    expect(done).toBe(true);
    expect(system.counters().actors).toBe(0);
    expect(() => system.spawn('late', leaf)).toThrow('after the system');
  });

  it('a living name is taken and a name is one step of a path', () => {
    const { clock, system } = new ActorStage();
    const notes: string[] = [];
    system.spawn('a', noting(notes));
    expect(() => system.spawn('a', noting(notes))).toThrow('C1');
    expect(() => system.spawn('a/b', noting(notes))).toThrow('no name');
    const stopping: Factory<string> = ({ stop }) => ({ receive: stop });
    system.spawn('short', stopping).tell('go');
    clock.advance(0);
    expect(() => system.spawn('short', noting(notes))).not.toThrow();
  });

  it('a timer goes before the messages of a full mailbox', () => {
    const { clock, system } = new ActorStage();
    const notes: string[] = [];
    const behaviour: Factory<string> = (context) => {
      context.timers.after('tick', 5, 'tick');
      return noting(notes)(context);
    };
    const ref = system.spawn('a', behaviour, { mailboxMax: 2 });
    clock.advance(4);
    clock.after(1, () => {
      ref.tell('1');
      ref.tell('2');
    });
    clock.advance(1);
    expect(notes).toEqual(['tick', '1', '2', '|']);
  });
});
