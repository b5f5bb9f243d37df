import { expect, test } from 'vitest';
import { dagId, namespace } from '../../../../src/base/brand.ts';
import { replayText } from './letter-text.ts';

const here = namespace('default');

test('letters: the payload of an event is written out below where it came from', () => {
  const source = { kind: 'subject', subject: 'orders.new' } as const;
  const text = replayText({
    ...{ kind: 'outside-events', namespace: here },
    events: [{ source, key: 'k1', payload: '{"a":"<b>"}' }],
  });
  expect(text).toContain('"subject": "orders.new"');
  expect(text).toContain('"a": "<b>"');
});

test('letters: a payload that is no JSON stays as it is, and other commands are JSON', () => {
  const source = { kind: 'file', path: '/in/a', node: 'n1' } as const;
  const events = [{ source, key: 'k', payload: 'plain \u202e text' }];
  expect(replayText({ kind: 'outside-events', namespace: here, events })).toContain('plain \u202e');
  expect(
    replayText({ kind: 'pause-dag', namespace: here, dagId: dagId('a'), paused: true }),
  ).toContain('"dagId": "a"');
});
