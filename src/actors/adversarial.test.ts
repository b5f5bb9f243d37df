/** What if X comes before Y? Each test is one order of events that careless runtimes get wrong. */
import { expect, it } from 'vitest';
import { ActorStage } from './testing/actor-stage.ts';
import type { Behaviour, Context, Factory, Ref } from './types.ts';

type Script = (context: Context<string>, notes: string[]) => Behaviour<string>;

function stageOf(script: Script) {
  const stage = new ActorStage();
  const notes: string[] = [];
  const factory: Factory<string> = (context) => script(context, notes);
  return { stage, notes, factory, ref: stage.system.spawn('a', factory) };
}

it('adversarial: a stop while draining leaves the rest unread and the turn unclosed', () => {
  const { stage, notes, ref } = stageOf(({ stop }, out) => ({
    receive: (message) => {
      out.push(message);
      if (message === 'stop') stop();
    },
    drained: () => out.push('drained'),
    stopped: () => out.push('stopped'),
  }));
  for (const message of ['1', 'stop', '2']) ref.tell(message);
  stage.clock.runAll();
  expect(notes).toEqual(['1', 'stop', 'stopped']);
  expect(stage.system.counters().deadLetters['left-behind']).toBe(1);
});

it('adversarial: a stop asked for outside of a turn takes effect in a turn', () => {
  const { stage, notes, ref } = stageOf(({ stop, clock }, out) => ({
    receive: () => {
      clock.after(5, () => {
        stop();
        out.push('asked');
      });
    },
    stopped: () => out.push('stopped'),
  }));
  ref.tell('go');
  stage.clock.runAll();
  expect(notes).toEqual(['asked', 'stopped']);
});

it('adversarial: a stop and a failure in one message end the actor without a restart', () => {
  const { stage, notes, ref } = stageOf(({ stop }, out) => ({
    receive: () => {
      stop();
      throw new Error('boom');
    },
    stopped: () => out.push('stopped'),
  }));
  ref.tell('go');
  stage.clock.runAll();
  expect(notes).toEqual(['stopped']);
  expect(stage.system.counters()).toMatchObject({ actors: 0, failures: 1, restarts: 0 });
});

it('adversarial: a timer of the old life never fires in the new one', () => {
  let lives = 0;
  const { stage, notes, ref } = stageOf(({ timers }, out) => {
    lives += 1;
    if (lives === 1) timers.after('t', 150, 'of the first life');
    return {
      receive: (message) => {
        if (message === 'boom') throw new Error('boom');
        out.push(message);
      },
    };
  });
  ref.tell('boom');
  stage.clock.runAll();
  expect([lives, notes]).toEqual([2, []]);
});

it('adversarial: a timer that is cancelled while its message waits is not received', () => {
  const { stage, notes, ref } = stageOf(({ timers }, out) => ({
    receive: (message) => {
      out.push(message);
      if (message === 'start') timers.after('b', 10, 'b');
      if (message === 'start') timers.after('a', 10, 'a');
      // Both are due at 10 ms; whichever is received first cancels the other.
      if (message === 'a') timers.cancel('b');
      if (message === 'b') timers.cancel('a');
    },
  }));
  ref.tell('start');
  stage.clock.runAll();
  expect(notes).toEqual(['start', 'b']);
});

it('adversarial: a timer that fires while a failure waits for its restart is forgotten', () => {
  const { stage, notes, ref } = stageOf(({ timers }, out) => ({
    receive: (message) => {
      out.push(message);
      if (message === 'start') timers.after('t', 0, 'tick');
      if (message === 'boom') throw new Error('boom');
    },
  }));
  ref.tell('start');
  ref.tell('boom');
  ref.tell('after');
  stage.clock.runAll();
  expect(notes).toEqual(['start', 'boom', 'after']);
});

it('adversarial: an answer to an ask of the old life is a dead letter', () => {
  const replies: Ref<string>[] = [];
  const { stage, notes, ref } = stageOf((context, out) => ({
    receive: (message) => {
      out.push(message);
      if (message === 'boom') throw new Error('boom');
      if (message !== 'ask') return;
      const request = (replyTo: Ref<string>) => replyTo;
      context.ask(keeper, { request, outcome: ({ kind }) => kind, timeoutMs: 1000 });
    },
  }));
  const keeper = stage.system.spawn<Ref<string>>('keeper', () => ({
    receive: (replyTo) => replies.push(replyTo),
  }));
  ref.tell('ask');
  ref.tell('boom');
  stage.clock.runAll();
  expect(replies[0]?.tell('late')).toBe(false);
  stage.clock.runAll();
  expect(notes).toEqual(['ask', 'boom']);
  expect(stage.system.counters().deadLetters['late-answer']).toBe(1);
});

it('adversarial: a failure in drained restarts the actor and loses no message', () => {
  let failed = false;
  const { stage, notes, ref } = stageOf((_context, out) => ({
    receive: (message) => out.push(message),
    drained: () => {
      if (failed) return;
      failed = true;
      ref.tell('behind');
      throw new Error('boom');
    },
  }));
  ref.tell('1');
  stage.clock.runAll();
  expect(notes).toEqual(['1', 'behind']);
  expect(stage.system.counters()).toMatchObject({ restarts: 1, deadLetters: { failing: 0 } });
});

it('adversarial: a child of a restarted parent is gone, and its name is free again', () => {
  const children: Ref<string>[] = [];
  const { stage, notes, ref } = stageOf((context, out) => {
    children.push(context.spawn('child', () => ({ receive: (message) => out.push(message) })));
    return {
      receive: () => {
        throw new Error('boom');
      },
    };
  });
  ref.tell('go');
  stage.clock.runAll();
  const [first, second] = children;
  expect(first?.tell('to the dead')).toBe(false);
  expect(second?.tell('to the living')).toBe(true);
  stage.clock.runAll();
  expect(notes).toEqual(['to the living']);
  expect(stage.system.counters().actors).toBe(2);
});

it('adversarial: a factory that spawns and then throws leaves no child behind', () => {
  let lives = 0;
  const { stage } = stageOf((context) => {
    context.spawn('child', () => ({ receive: () => {} }));
    lives += 1;
    if (lives === 1) throw new Error('boom');
    return { receive: () => {} };
  });
  stage.clock.runAll();
  expect(stage.system.counters()).toMatchObject({ actors: 2, restarts: 1 });
  expect(stage.failures).toEqual([]);
});

it('adversarial: a throw in stopped halts the system, and stop never reports success', () => {
  const { stage } = stageOf(() => ({
    receive: () => {},
    stopped: () => {
      throw new Error('cannot end');
    },
  }));
  stage.clock.advance(0);
  let done = false;
  stage.system.stop(() => {
    done = true;
  });
  stage.clock.runAll();
  expect(stage.failures).toEqual([new Error('cannot end')]);
  expect(done).toBe(false);
});

it('adversarial: the system stops while an actor waits for its restart', () => {
  const { stage, ref } = stageOf(() => ({
    receive: () => {
      throw new Error('boom');
    },
  }));
  ref.tell('go');
  stage.clock.advance(10);
  let done = false;
  stage.system.stop(() => {
    done = true;
  });
  stage.clock.runAll();
  expect(done).toBe(true);
  expect(stage.system.counters()).toMatchObject({ actors: 0, restarts: 0 });
});

it('adversarial: a context kept from an ended life asserts instead of acting', () => {
  const contexts: Context<string>[] = [];
  const { stage, ref } = stageOf((context) => {
    contexts.push(context);
    return {
      receive: (message) => {
        if (message === 'boom') throw new Error('boom');
      },
    };
  });
  ref.tell('boom');
  stage.clock.runAll();
  const [ended] = contexts;
  expect(() => ended?.timers.after('t', 1, 'x')).toThrow('has ended');
  expect(() => ended?.stop()).toThrow('L1');
  expect(() => ended?.spawn('child', () => ({ receive: () => {} }))).toThrow('L1');
});

it('adversarial: an answer that waits behind a failure is not for the next life', () => {
  const { stage, notes, ref } = stageOf((context, out) => ({
    receive: (message) => {
      out.push(message);
      if (message === 'boom') throw new Error('boom');
      if (message !== 'ask') return;
      // Both are due at 5 ms and wait for the same turn, the failing message first.
      context.timers.after('t', 5, 'boom');
      const request = (replyTo: Ref<string>) => replyTo;
      context.ask(late, { request, outcome: ({ kind }) => kind, timeoutMs: 1000 });
    },
  }));
  const late = stage.system.spawn<Ref<string>>('late', ({ clock }) => ({
    receive: (replyTo) => {
      clock.after(5, () => replyTo.tell('answer'));
    },
  }));
  ref.tell('ask');
  stage.clock.runAll();
  expect(notes).toEqual(['ask', 'boom']);
  expect(stage.system.counters()).toMatchObject({ restarts: 1, failures: 1 });
});
