import { beforeEach, describe, expect, test } from 'vitest';
import { HandClock } from '../../test/ports/network-clock.ts';
import type { ProbeAnswer } from '../base/ports.ts';
import { MemoryHub, type NetworkPolicy, type Passage, type Reach } from './memory.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** A policy that the test turns as it likes. */
class Weather implements NetworkPolicy {
  readonly reaches = new Map<string, Reach>();
  delays: (passage: Passage) => readonly number[] = () => [1];

  reach(process: string): Reach {
    return this.reaches.get(process) ?? 'up';
  }

  delaysMs(passage: Passage): readonly number[] {
    return this.delays(passage);
  }
}

describe('memory network', () => {
  let clock: HandClock;
  let weather: Weather;
  let hub: MemoryHub;
  let heard: string[];
  beforeEach(() => {
    clock = new HandClock();
    weather = new Weather();
    hub = new MemoryHub({ clock, policy: weather });
    heard = [];
  });
  const hear = (prefix: string) => (payload: Uint8Array) => {
    heard.push(`${prefix}${Buffer.from(payload)}@${clock.monotonicMs()}`);
  };

  test('the policy loses, delays and duplicates', () => {
    const [a, b] = [hub.join('a'), hub.join('b')];
    b.subscribe('control', 's', hear(''));
    const fates: Record<string, readonly number[]> = { lost: [], late: [9], twice: [2, 5] };
    weather.delays = ({ payload }) => fates[Buffer.from(payload).toString()] ?? [1];
    for (const fate of ['lost', 'late', 'twice', 'plain']) a.publish('control', 's', bytes(fate));
    clock.pass(10);
    expect(heard).toEqual(['plain@1', 'twice@2', 'twice@5', 'late@9']);
  });

  test('what is due at one time is delivered in the order of publishing', () => {
    const [a, b] = [hub.join('a'), hub.join('b')];
    b.subscribe('control', 's', hear(''));
    const delays = [3, 2, 1];
    weather.delays = () => [delays.shift() ?? 0];
    a.publish('control', 's', bytes('one'));
    clock.pass(1);
    a.publish('control', 's', bytes('two'));
    clock.pass(1);
    a.publish('control', 's', bytes('three'));
    clock.pass(9);
    expect(heard).toEqual(['one@3', 'two@3', 'three@3']);
  });

  test('the policy sees each copy on its own, so one direction can be cut', () => {
    const [a, b] = [hub.join('a'), hub.join('b')];
    a.subscribe('control', 's.a', hear('a:'));
    b.subscribe('control', 's.b', hear('b:'));
    weather.delays = ({ from, to }) => (from === 'a' && to === 'b' ? [] : [1]);
    a.publish('control', 's.b', bytes('x'));
    b.publish('control', 's.a', bytes('y'));
    clock.pass(9);
    expect(heard).toEqual(['a:y@1']);
  });

  test('a process that is cut off neither hears nor speaks', () => {
    const [a, b] = [hub.join('a'), hub.join('b')];
    a.subscribe('control', 's', hear('a:'));
    b.subscribe('control', 's', hear('b:'));
    weather.reaches.set('b', 'silent');
    a.publish('control', 's', bytes('x'));
    b.publish('control', 's', bytes('y'));
    clock.pass(9);
    expect(heard).toEqual([]);
    expect(b.connected('control')).toBe(true);
    weather.reaches.set('b', 'down');
    expect(b.connected('control')).toBe(false);
    weather.reaches.set('b', 'up');
    a.publish('control', 's', bytes('z'));
    clock.pass(1);
    expect(heard).toEqual(['b:z@10']);
  });

  test('a killed process vanishes at once, with what is under way to it', () => {
    const [a, b] = [hub.join('a'), hub.join('b')];
    b.subscribe('control', 's', hear('b:'));
    a.publish('control', 's', bytes('x'));
    b.kill();
    b.publish('control', 's', bytes('y'));
    const answers: ProbeAnswer[] = [];
    a.probe('s', 100, (answer) => answers.push(answer));
    b.probe('s', 100, (answer) => answers.push(answer));
    clock.pass(200);
    expect(heard).toEqual([]);
    expect(answers).toEqual(['nobody']);
    expect(b.connected('bulk')).toBe(false);
  });

  test('a probe is as honest as the network: lost ones are silence, forgotten ones nobody', () => {
    const [a, b] = [hub.join('a'), hub.join('b')];
    b.subscribe('control', 's', (_, reply) => reply(bytes('here')));
    const answers: ProbeAnswer[] = [];
    const probe = (): void => {
      a.probe('s', 50, (answer) => answers.push(answer));
      clock.pass(60);
    };
    probe();
    weather.reaches.set('b', 'silent');
    probe();
    weather.reaches.set('b', 'down');
    probe();
    weather.reaches.set('b', 'up').set('a', 'down');
    probe();
    weather.reaches.set('a', 'up');
    weather.delays = ({ from }) => (from === 'b' ? [] : [1]);
    probe();
    weather.delays = () => [1, 2];
    probe();
    expect(answers).toEqual(['answered', 'silence', 'nobody', 'silence', 'silence', 'answered']);
  });

  test('reconnects are counted as the policy reports them', () => {
    const a = hub.join('a');
    a.noteReconnect({ slowConsumer: false });
    a.noteReconnect({ slowConsumer: true });
    expect(a.counters()).toEqual({ reconnects: 2, slowConsumerCuts: 1 });
  });
});
