import { collectDefaultMetrics, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { LoopDelay } from './loop-delay.ts';

it('loop delay: shows nothing before the first tick, then the slowest ones', () => {
  const delay = new LoopDelay();
  expect(delay.figures()).toEqual({ p99: 0, max: 0 });
  for (let tick = 0; tick < 990; tick++) delay.note(0.5);
  for (let tick = 0; tick < 10; tick++) delay.note(400);
  const { p99, max } = delay.figures();
  expect(p99).toBeLessThan(1);
  expect(Math.round(max / 10)).toBe(40);
});

it('loop delay: takes the place of gauges of the package, begins anew when asked', async () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 86_400_000 });
  const before = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  const delay = new LoopDelay();
  delay.register(registry);
  expect(new Set(registry.getMetricsAsArray().map(({ name }) => name))).toEqual(before);
  const shown = async (what: string): Promise<number> => {
    const lines = (await registry.metrics()).split('\n');
    const name = `nodejs_eventloop_lag_${what}_seconds `;
    return Number(lines.find((line) => line.startsWith(name))?.slice(name.length));
  };
  delay.note(100);
  delay.note(300);
  expect(await shown('mean')).toBeCloseTo(0.2, 2);
  delay.note(7);
  expect(await shown('max')).toBeCloseTo(0.007, 3);
  expect(await shown('p99')).toBe(0);
});
