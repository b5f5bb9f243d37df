import { describe, expect, it } from 'vitest';
import { type KeptStream, NatsStreams } from './nats-streams.ts';

/** A server whose streams may be changed, and that counts what it is asked. */
function server(streams: readonly KeptStream[]) {
  const asked = { count: 0 };
  const world = { streams, asked };
  const ask = async (): Promise<readonly KeptStream[]> => {
    asked.count += 1;
    return [...world.streams];
  };
  return { world, ask };
}

const orders: KeptStream = { name: 'ORDERS', subjects: ['orders.>'] };
const bills: KeptStream = { name: 'BILLS', subjects: ['bills.new', 'bills.old'] };

describe('streams', () => {
  it('are asked for once, however many subjects want to know', async () => {
    const { world, ask } = server([orders, bills]);
    const known = new NatsStreams();
    const since = performance.now();
    const subjects = Array.from({ length: 1000 }, (_, at) => `orders.${at}`);
    const found = await Promise.all(subjects.map((subject) => known.of(subject, since, ask)));
    expect(new Set(found)).toEqual(new Set(['ORDERS']));
    expect(await known.of('bills.old', since, ask)).toBe('BILLS');
    expect(world.asked.count).toBe(1);
  });

  it('are asked for again by who needs to know what is newer', async () => {
    const { world, ask } = server([]);
    const known = new NatsStreams();
    const since = performance.now();
    expect(await known.of('orders.new', since, ask)).toBeUndefined();
    world.streams = [orders];
    expect(await known.of('orders.new', since, ask)).toBeUndefined();
    expect(await known.of('orders.new', performance.now() + 1, ask)).toBe('ORDERS');
    world.streams = [{ ...orders, subjects: ['orders.old'] }];
    expect(await known.of('orders.new', performance.now() + 1, ask)).toBeUndefined();
    expect(world.asked.count).toBe(3);
  });

  it('of which several keep parts of a subject keep it not', async () => {
    const { ask } = server([bills, { name: 'OTHER', subjects: ['bills.eu.>'] }]);
    const known = new NatsStreams();
    expect(await known.of('bills.>', 0, ask)).toBeUndefined();
    expect(await known.of('bills.*', 0, ask)).toBe('BILLS');
    expect(await known.of('invoices', 0, ask)).toBeUndefined();
  });
});
