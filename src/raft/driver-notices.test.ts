import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { logIndex, nodeId, term } from '../base/brand.ts';
import { DriverNotices, noticeDelayMs } from './driver-notices.ts';
import type { Send } from './types.ts';

const [b, c] = [nodeId('b'), nodeId('c')];

function bench() {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const send = ({ to, message }: Send): void => {
    sent.push(`${to.join('+')} ${'commit' in message ? message.commit : ''}`);
  };
  const notices = new DriverNotices({ clock, send });
  const hold = (commit: number): void =>
    notices.hold({
      kind: 'send',
      to: [b, c],
      message: { kind: 'commit-notice', term: term(1), commit: logIndex(commit) },
      mayWait: true,
    });
  return { clock, sent, notices, hold };
}

test('notices: N1: who hears nothing else is told in time, and of the newest', () => {
  const { clock, sent, hold } = bench();
  hold(7);
  clock.advance(noticeDelayMs - 1);
  hold(8);
  expect(sent).toEqual([]);
  clock.advance(1);
  expect(sent).toEqual(['b+c 8']);
  clock.advance(10 * noticeDelayMs);
  hold(9);
  clock.advance(noticeDelayMs);
  expect(sent).toEqual(['b+c 8', 'b+c 9']);
});

test('notices: an append says it to those who get it', () => {
  const { clock, sent, notices, hold } = bench();
  hold(7);
  notices.appended({ to: [b, c] });
  clock.advance(noticeDelayMs);
  expect(sent).toEqual([]);
  hold(8);
  notices.appended({ to: [c] });
  clock.advance(noticeDelayMs);
  expect(sent).toEqual(['b 8']);
});

test('notices: N2: with the leadership they are forgotten', () => {
  const { clock, sent, notices, hold } = bench();
  hold(7);
  notices.forget();
  clock.advance(noticeDelayMs);
  expect(sent).toEqual([]);
});
