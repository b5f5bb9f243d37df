import { beforeEach, describe, expect, test } from 'vitest';
import { HandClock } from '../../test/ports/network-clock.ts';
import { Assembler, assemblingBytesMax, assemblyMs, cut, messageBytesMax } from './chunks.ts';

const message = Uint8Array.from({ length: 1000 }, (_, at) => at & 0xff);

describe('chunks', () => {
  let clock: HandClock;
  let lost: number;
  let assembler: Assembler;
  beforeEach(() => {
    clock = new HandClock();
    lost = 0;
    assembler = new Assembler(clock, () => lost++);
  });

  /** Feeds the pieces with these indexes and returns what came out. */
  function feed(indexes: readonly number[], source = 'n1', name = 'm'): readonly Uint8Array[] {
    const pieces = cut(message, 300);
    return indexes.flatMap((index) => {
      const piece = { index, count: pieces.length, totalBytes: message.length };
      const whole = assembler.accept({ source, message: name }, piece, pieces[index]!);
      return whole === undefined ? [] : [whole];
    });
  }

  test('a message that is cut comes together again', () => {
    expect(cut(message, 300).map(({ length }) => length)).toEqual([300, 300, 300, 100]);
    expect(feed([0, 1, 2, 3])).toEqual([message]);
    expect([lost, assembler.assemblingBytes]).toEqual([0, 0]);
  });

  test('a small message is one piece, and so is an empty one', () => {
    expect(cut(message, 1000)).toEqual([message]);
    expect(cut(new Uint8Array(0), 10)).toEqual([new Uint8Array(0)]);
  });

  test('pieces of several senders do not mix', () => {
    expect([...feed([0, 1], 'a'), ...feed([0], 'b'), ...feed([2, 3], 'a')]).toEqual([message]);
    expect(feed([1, 2, 3], 'b')).toEqual([message]);
  });

  test.each([
    ['the first', [1, 2, 3]],
    ['a middle one', [0, 1, 3]],
    ['the last, and a new message begins', [0, 1, 2, 0]],
    ['two, out of order', [0, 2, 1, 3]],
  ])('a message that lost %s is never delivered in part', (_, indexes) => {
    expect(feed(indexes)).toEqual([]);
    expect(feed([0, 1, 2, 3])).toEqual([message]);
    expect(assembler.assemblingBytes).toBe(0);
  });

  test('the begin of one message and the end of another of the same length do not mix', () => {
    expect([...feed([0, 1], 'n1', 'first'), ...feed([2, 3], 'n1', 'second')]).toEqual([]);
    expect(assembler.assemblingBytes).toBe(0);
    expect(feed([0, 1, 2, 3], 'n1', 'third')).toEqual([message]);
  });

  test('an incomplete message is counted once and dropped in time', () => {
    feed([0, 1, 2]);
    expect(assembler.assemblingBytes).toBe(1000);
    clock.pass(assemblyMs);
    expect([lost, assembler.assemblingBytes]).toEqual([1, 0]);
    expect(feed([3])).toEqual([]);
    expect(lost).toBe(1);
  });

  test('sizes that do not add up are refused', () => {
    const half = { index: 0, count: 2, totalBytes: 10 };
    expect(
      assembler.accept({ source: 'a', message: 'm' }, half, new Uint8Array(11)),
    ).toBeUndefined();
    expect(
      assembler.accept({ source: 'b', message: 'm' }, { ...half, count: 1 }, new Uint8Array(9)),
    ).toBeUndefined();
    assembler.accept({ source: 'c', message: 'm' }, half, new Uint8Array(4));
    expect(
      assembler.accept({ source: 'c', message: 'm' }, { ...half, index: 1 }, new Uint8Array(5)),
    ).toBeUndefined();
    expect([lost, assembler.assemblingBytes]).toEqual([3, 0]);
  });

  test('what is being assembled is bounded, per message and in sum', () => {
    const begin = (source: string, totalBytes: number): void => {
      assembler.accept(
        { source, message: 'm' },
        { index: 0, count: 2, totalBytes },
        new Uint8Array(1),
      );
    };
    begin('huge', messageBytesMax + 1);
    expect([lost, assembler.assemblingBytes]).toEqual([1, 0]);
    const fitting = assemblingBytesMax / messageBytesMax;
    for (let i = 0; i < fitting; i++) begin(`n${i}`, messageBytesMax);
    begin('one too many', 2);
    expect([lost, assembler.assemblingBytes]).toEqual([2, assemblingBytesMax]);
    assembler.clear();
    expect(assembler.assemblingBytes).toBe(0);
    expect(() => cut(new Uint8Array(messageBytesMax + 1), 300)).toThrow(/C3/);
  });
});
