/**
 * How late the event loop of a peer runs what is due: measured by the ticks of Raft, which come
 * twenty times a second anyway. Node's own monitor wakes the processor up a hundred times a second
 * to measure the same, and was a quarter of what an idle node took of it.
 *
 * A stall that is shorter than a tick is seen if a tick was due within it, a longer one always.
 */
import { createHistogram } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** In microseconds, as they are recorded; a histogram takes nothing below 1. */
const delays = () => createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 2 });

export interface DelayFigures {
  readonly p99: number;
  readonly max: number;
}

export class LoopDelay {
  readonly #sinceStart = delays();
  /** The same, since the metrics were asked for last. */
  readonly #sinceAsked = delays();

  note(lateMs: number): void {
    const delay = Math.max(1, Math.round(lateMs * 1000));
    this.#sinceStart.record(delay);
    this.#sinceAsked.record(delay);
  }

  /** In milliseconds; 0 before the first tick. */
  figures(): DelayFigures {
    const { count, max } = this.#sinceStart;
    if (count === 0) return { p99: 0, max: 0 };
    return { p99: this.#sinceStart.percentile(99) / 1000, max: max / 1000 };
  }

  /** Takes the place of what `collectDefaultMetrics` says of the loop, under the same names. */
  register(registry: Registry): void {
    const asked = this.#sinceAsked;
    const values: Readonly<Record<string, readonly [help: string, value: () => number]>> = {
      min: ['The minimum recorded event loop delay.', () => asked.min],
      max: ['The maximum recorded event loop delay.', () => asked.max],
      mean: ['The mean of the recorded event loop delays.', () => asked.mean],
      stddev: ['The standard deviation of the recorded event loop delays.', () => asked.stddev],
      p50: ['The 50th percentile of the recorded event loop delays.', () => asked.percentile(50)],
      p90: ['The 90th percentile of the recorded event loop delays.', () => asked.percentile(90)],
      p99: ['The 99th percentile of the recorded event loop delays.', () => asked.percentile(99)],
    };
    // One collects for all: they are of one stretch of time.
    const collect = (): void => {
      for (const [gauge, value] of gauges) gauge.set(asked.count === 0 ? 0 : value() / 1e6);
      asked.reset();
    };
    const gauges = Object.entries(values).map(([what, [help, value]], place) => {
      const name = `nodejs_eventloop_lag_${what}_seconds`;
      registry.removeSingleMetric(name);
      const given = { name, help, registers: [registry] };
      return [new Gauge(place === 0 ? { ...given, collect } : given), value] as const;
    });
  }
}
