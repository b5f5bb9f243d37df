import { expect, it } from 'vitest';
import { ActorStage } from './testing/actor-stage.ts';
import type { Context } from './types.ts';

type Script = (context: Context<string>, message: string) => void;

/** An actor that notes `time:message` and does what `script` says. */
function actor(stage: ActorStage, script: Script) {
  const notes: string[] = [];
  const ref = stage.system.spawn<string>('a', (context) => ({
    receive: (message) => {
      notes.push(`${context.clock.monotonicMs()}:${message}`);
      script(context, message);
    },
  }));
  ref.tell('start');
  return { ref, notes };
}

it('timers: a timer tells its message once, at its time', () => {
  const stage = new ActorStage();
  const { notes } = actor(stage, ({ timers }, message) => {
    if (message === 'start') timers.after('t', 10, 'due');
    else expect(timers.armed('t')).toBe(false);
  });
  stage.clock.runAll();
  expect(notes).toEqual(['0:start', '10:due']);
});

it('timers: arming a name again replaces the timer, cancelling ends it', () => {
  const stage = new ActorStage();
  const { ref, notes } = actor(stage, ({ timers }, message) => {
    if (message === 'start') timers.after('t', 10, 'old');
    if (message === 'start') timers.after('t', 20, 'new');
    if (message === 'new') timers.after('t', 5, 'never');
    if (message === 'cancel') timers.cancel('t');
  });
  stage.clock.advance(22);
  ref.tell('cancel');
  stage.clock.runAll();
  expect(notes).toEqual(['0:start', '20:new', '22:cancel']);
});

it('timers: a repeated timer ticks until it is cancelled', () => {
  const stage = new ActorStage();
  let ticks = 0;
  const { notes } = actor(stage, ({ timers }, message) => {
    if (message === 'start') timers.every('t', 10, 'tick');
    else if (++ticks === 3) timers.cancel('t');
  });
  stage.clock.runAll();
  expect(notes).toEqual(['0:start', '10:tick', '20:tick', '30:tick']);
});

it('timers: a delay of days is kept although the Clock takes one hour', () => {
  const stage = new ActorStage();
  const threeDaysMs = 3 * 86_400_000 + 1;
  const { notes } = actor(stage, ({ timers }, message) => {
    if (message === 'start') timers.after('t', threeDaysMs, 'due');
  });
  stage.clock.runAll();
  expect(notes).toEqual(['0:start', `${threeDaysMs}:due`]);
});
