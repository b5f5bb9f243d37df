import { expect, it } from 'vitest';
import { restartThenEscalate, Supervisor } from './supervision.ts';
import { ActorStage } from './testing/actor-stage.ts';
import type { Factory } from './types.ts';

const restart = { ...restartThenEscalate, restartsMax: 3, backoffMsMax: 300 };

/** Counts its lives; throws on `boom`. */
const fragile =
  (notes: string[]): Factory<string> =>
  () => {
    notes.push('born');
    return {
      receive: (message) => {
        if (message === 'boom') throw new Error('boom');
        notes.push(message);
      },
      stopped: () => notes.push('stopped'),
    };
  };

it('supervision: the back-off doubles up to its maximum, then the limit is reached', () => {
  const supervisor = new Supervisor(restart);
  expect(supervisor.decide(0)).toEqual({ kind: 'restart', delayMs: 100 });
  expect(supervisor.decide(1000)).toEqual({ kind: 'restart', delayMs: 200 });
  expect(supervisor.decide(2000)).toEqual({ kind: 'restart', delayMs: 300 });
  expect(supervisor.decide(3000)).toEqual({ kind: 'escalate' });
});

it('supervision: restarts that left the window are forgotten', () => {
  const supervisor = new Supervisor(restart);
  for (const nowMs of [0, 1, 2]) supervisor.decide(nowMs);
  expect(supervisor.decide(60_002)).toEqual({ kind: 'restart', delayMs: 100 });
});

it('supervision: a restart drops the failing message and keeps the others', () => {
  const { clock, system, failures, events } = new ActorStage();
  const notes: string[] = [];
  const ref = system.spawn('a', fragile(notes));
  for (const message of ['1', 'boom', '2']) ref.tell(message);
  clock.advance(99);
  ref.tell('3');
  expect(notes).toEqual(['born', '1', 'stopped']);
  clock.advance(1);
  expect(notes).toEqual(['born', '1', 'stopped', 'born', '2', '3']);
  expect(system.counters()).toMatchObject({
    failures: 1,
    restarts: 1,
    deadLetters: { failing: 1 },
  });
  expect(failures).toEqual([]);
  expect(events.filter((event) => event.level === 'error')).toEqual([
    {
      level: 'error',
      name: 'actor.failed',
      fields: { path: '/a', error: 'Error: boom', decision: 'restart' },
    },
  ]);
});

it('supervision: a stopped actor refuses what comes and names what it left behind', () => {
  const { clock, system } = new ActorStage({ kind: 'stop' });
  const notes: string[] = [];
  const ref = system.spawn('a', fragile(notes));
  ref.tell('boom');
  ref.tell('left');
  clock.runAll();
  expect(ref.tell('late')).toBe(false);
  expect(notes).toEqual(['born', 'stopped']);
  expect(system.counters()).toMatchObject({
    actors: 0,
    deadLetters: { failing: 1, 'left-behind': 1, stopped: 1 },
  });
});

it('supervision: an escalation that reaches the root halts everything (P83)', () => {
  const { clock, system, failures } = new ActorStage();
  const notes: string[] = [];
  const other = system.spawn('other', fragile(notes));
  const ref = system.spawn('a', fragile(notes), { supervision: { kind: 'escalate' } });
  clock.advance(0);
  ref.tell('boom');
  other.tell('never');
  clock.runAll();
  expect(failures).toEqual([new Error('boom')]);
  expect(notes).toEqual(['born', 'born']);
  expect(other.tell('after the halt')).toBe(false);
  clock.runAll();
  expect(notes).toEqual(['born', 'born']);
});

it('supervision: an escalated failure is the failure of the parent, which starts anew', () => {
  const { clock, system, failures } = new ActorStage();
  const notes: string[] = [];
  const parent: Factory<string> = (context) => {
    notes.push('parent');
    const child = context.spawn('child', fragile(notes), { supervision: { kind: 'escalate' } });
    return { receive: (message) => child.tell(message) };
  };
  const ref = system.spawn('parent', parent);
  ref.tell('boom');
  clock.advance(50);
  expect(notes).toEqual(['parent', 'born', 'stopped']);
  ref.tell('well');
  clock.advance(50);
  expect(notes.slice(3)).toEqual(['parent', 'born', 'well']);
  expect(failures).toEqual([]);
});

it('supervision: a factory that keeps throwing is given up', () => {
  const { clock, system, failures } = new ActorStage();
  let births = 0;
  system.spawn('a', () => {
    births += 1;
    throw new Error('no start');
  });
  clock.runAll();
  expect(births).toBe(1 + restartThenEscalate.restartsMax);
  expect(failures).toEqual([new Error('no start')]);
});
