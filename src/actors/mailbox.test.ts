import fc from 'fast-check';
import { assert, expect, it } from 'vitest';
import { type Letter, Mailbox } from './mailbox.ts';

const signalOf = (name: string) => ({
  open: (receive: (message: string) => void) => receive(name),
});

function read(letter: Letter<string> | undefined): string | undefined {
  if (letter === undefined) return undefined;
  if (letter.kind === 'message') return letter.message;
  const opened: string[] = [];
  letter.signal.open((message) => opened.push(message));
  return opened.join();
}

it('mailbox: signals leave before messages, each lane in order', () => {
  const mailbox = new Mailbox<string>(9);
  mailbox.offer('m1');
  mailbox.signal(signalOf('s1'));
  mailbox.offer('m2');
  mailbox.signal(signalOf('s2'));
  const order = [1, 2, 3, 4, 5].map(() => read(mailbox.take()));
  expect(order).toEqual(['s1', 's2', 'm1', 'm2', undefined]);
});

it('mailbox: a full user lane refuses, the signal lane still takes', () => {
  const mailbox = new Mailbox<string>(1);
  expect(mailbox.offer('m1')).toBe(true);
  expect(mailbox.offer('m2')).toBe(false);
  mailbox.signal(signalOf('s1'));
  expect(mailbox.size).toBe(2);
  mailbox.take();
  mailbox.take();
  expect(mailbox.offer('m3')).toBe(true);
});

it('mailbox: any mix of offers and takes behaves like a plain queue', () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.constant('take' as const)));
  fc.assert(
    fc.property(steps, (mix) => {
      const mailbox = new Mailbox<string>(5000);
      const model: string[] = [];
      for (const step of mix) {
        const many = typeof step === 'number' ? step : 1500;
        for (let i = 0; i < many; i++) {
          if (step === 'take') assert.equal(read(mailbox.take()), model.shift());
          else if (mailbox.offer(`${i}`)) model.push(`${i}`);
        }
        expect(mailbox.size).toBe(model.length);
      }
    }),
    { numRuns: 30 },
  );
});
