import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { Sender, Wire } from '../actors/wire.ts';
import { incarnation, nodeId } from '../base/brand.ts';
import type { LogAnswer, LogRequest } from '../model/protocol.ts';
import { LogServer, logLimits } from './logs.ts';
import { MemoryFiles } from './memory-files.ts';
import { attemptId } from './testing/executor-story.ts';

const directory = '/data/attempts/default/run-1/load/0/1-7';
const peer: Sender = { node: nodeId('n2'), side: 'peer', incarnation: incarnation('p') };

/** A log server over files in memory; the test decides what is alive. */
function given(text?: string) {
  const clock = new VirtualClock();
  const files = new MemoryFiles(clock);
  const answers: LogAnswer[] = [];
  const state = { live: false };
  let receive: ((message: unknown, from: Sender) => void) | undefined;
  const wire: Wire = {
    self: { node: nodeId('n1'), side: 'executor', incarnation: incarnation('e') },
    send: (to, inbox, _lane, message) => {
      expect([to, inbox]).toEqual(['n2', 'logs']);
      answers.push(message as LogAnswer);
    },
    listen: (_inbox, listener) => {
      receive = listener;
      return { cancel: () => {} };
    },
  };
  const trace = () => {};
  const server = new LogServer({
    wire,
    clock,
    files,
    trace,
    dataDir: '/data',
    limitBytes: 2 ** 20,
    isLive: () => state.live,
  });
  const write = (more: string): void => {
    files.makeDirectory(directory, () => {});
    files.print(`${directory}/stdout`, more);
  };
  if (text !== undefined) write(text);
  const ask = (more: Partial<LogRequest> = {}): void => {
    const { token: _token, ...id } = attemptId('load', 7);
    receive?.(
      {
        kind: 'log-request',
        requestId: 'r',
        id,
        attempt: 1,
        stream: 'stdout',
        offset: 0,
        maxBytes: 1000,
        waitMs: 1000,
        ...more,
      },
      peer,
    );
    clock.advance(0);
  };
  const told = () =>
    answers.map(({ status, bytes, end }) => [status, Buffer.from(bytes).toString(), end]);
  return { clock, files, answers, state, server, write, ask, told };
}

describe('log server', () => {
  test('an attempt that has ended is delivered to its end', () => {
    const { ask, told } = given('hello\n');
    ask();
    ask({ offset: 2, maxBytes: 3 });
    ask({ offset: 6 });
    ask({ offset: 99 });
    expect(told()).toEqual([
      ['data', 'hello\n', true],
      ['data', 'llo', false],
      ['data', '', true],
      ['data', '', true],
    ]);
  });

  test('what this node does not have is none', () => {
    const { ask, told } = given('hello\n');
    ask({ attempt: 2 });
    expect(told()).toEqual([['none', '', false]]);
  });

  test('a stream that nothing was written to is empty and at its end', () => {
    const { ask, told } = given('hello\n');
    ask({ stream: 'stderr' });
    expect(told()).toEqual([['data', '', true]]);
  });

  test('while the attempt runs, the end is not the end', () => {
    const { ask, told, state } = given('hello\n');
    state.live = true;
    ask();
    expect(told()).toEqual([['data', 'hello\n', false]]);
  });

  test('with nothing new it waits, and answers when something comes', () => {
    const { ask, told, state, write, clock } = given('hello\n');
    state.live = true;
    ask({ offset: 6 });
    clock.advance(500);
    expect(told()).toEqual([]);
    write('again\n');
    clock.advance(logLimits.pollMs);
    expect(told()).toEqual([['data', 'again\n', false]]);
  });

  test('with nothing new for too long it answers with nothing', () => {
    const { ask, told, state, clock } = given('hello\n');
    state.live = true;
    ask({ offset: 6, waitMs: 1000 });
    clock.advance(999);
    expect(told()).toEqual([]);
    clock.advance(1);
    expect(told()).toEqual([['data', '', false]]);
  });

  test('the end of the attempt ends the wait', () => {
    const { ask, told, state, clock } = given('hello\n');
    state.live = true;
    ask({ offset: 6 });
    state.live = false;
    clock.advance(logLimits.pollMs);
    expect(told()).toEqual([['data', '', true]]);
  });

  test('an attempt that has only been accepted is waited for', () => {
    const { ask, told, state, write, clock } = given();
    state.live = true;
    ask();
    write('first\n');
    clock.advance(logLimits.pollMs);
    expect(told()).toEqual([['data', 'first\n', false]]);
  });

  test('a piece has at most 256 KiB', () => {
    const { ask, answers } = given('x'.repeat(logLimits.chunkBytes + 1));
    ask({ maxBytes: 1_000_000_000 });
    expect(answers[0]?.bytes.length).toBe(logLimits.chunkBytes);
    expect(answers[0]?.end).toBe(false);
  });

  test('of too many requests each still gets an answer', () => {
    const { ask, told, state, clock } = given('hello\n');
    state.live = true;
    for (let request = 0; request < logLimits.requests + 1; request++) ask({ offset: 6 });
    expect(told()).toEqual([['data', '', false]]);
    clock.advance(1000);
    expect(told().length).toBe(logLimits.requests + 1);
  });

  test('ids that lead elsewhere lead nowhere', () => {
    const { ask, told } = given('hello\n');
    const { token: _token, ...id } = attemptId('..', 7);
    ask({ id });
    expect(told()).toEqual([['none', '', false]]);
  });
});
