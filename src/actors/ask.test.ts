import { expect, it } from 'vitest';
import { ActorStage } from './testing/actor-stage.ts';
import type { AskOutcome, Factory, Ref } from './types.ts';

interface Question {
  readonly replyTo: Ref<number>;
}
type AskerMessage = 'go' | AskOutcome<number>;

/** Answers after `delayMs`, `times` times. */
const answering =
  (delayMs: number, times = 1): Factory<Question> =>
  ({ clock }) => ({
    receive: ({ replyTo }) => {
      for (let i = 1; i <= times; i++) clock.after(delayMs, () => replyTo.tell(i));
    },
  });

/** Asks `target` with a deadline of 100 ms when it is told to go; notes the outcomes. */
function askerOf(stage: ActorStage, target: Ref<Question>) {
  const notes: (AskerMessage | boolean)[] = [];
  const ref = stage.system.spawn<AskerMessage>('asker', (context) => ({
    receive: (message) => {
      if (message !== 'go') return notes.push(message);
      const accepted = context.ask(target, {
        request: (replyTo: Ref<number>) => ({ replyTo }),
        outcome: (outcome) => outcome,
        timeoutMs: 100,
      });
      return notes.push(accepted);
    },
  }));
  ref.tell('go');
  return notes;
}

it('ask: the answer comes as a message and the deadline is forgotten', () => {
  const stage = new ActorStage();
  const notes = askerOf(stage, stage.system.spawn('target', answering(30)));
  stage.clock.runAll();
  expect(notes).toEqual([true, { kind: 'answered', answer: 1 }]);
  expect(stage.clock.monotonicMs()).toBe(30);
});

it('ask: silence is a timeout at the deadline, a later answer is a dead letter', () => {
  const stage = new ActorStage();
  const notes = askerOf(stage, stage.system.spawn('target', answering(150)));
  stage.clock.advance(100);
  expect(notes).toEqual([true, { kind: 'timeout' }]);
  stage.clock.runAll();
  expect(notes).toHaveLength(2);
  expect(stage.system.counters().deadLetters['late-answer']).toBe(1);
});

it('ask: only the first of two answers counts', () => {
  const stage = new ActorStage();
  const notes = askerOf(stage, stage.system.spawn('target', answering(0, 2)));
  stage.clock.runAll();
  expect(notes).toEqual([true, { kind: 'answered', answer: 1 }]);
  expect(stage.system.counters().deadLetters['late-answer']).toBe(1);
});

it('ask: a target that refuses is known at once and no outcome follows', () => {
  const stage = new ActorStage();
  const full = stage.system.spawn('target', answering(0), { mailboxMax: 0 });
  const notes = askerOf(stage, full);
  stage.clock.runAll();
  expect(notes).toEqual([false]);
});
