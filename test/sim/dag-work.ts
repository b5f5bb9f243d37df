/** What one task does: a program, or something of the leader's; and how its attempts run. */
import type { Maker, Part } from './dag-parts.ts';
import { type Amounts, placing } from './dag-placing.ts';
import { mebibyte } from './traits.ts';

/** A task of the graph, without what it depends on. */
export function makeLeaf(maker: Maker, knows: readonly string[]): Part {
  const { wants } = maker;
  const own = leaderTask(maker) ?? sensorTask(maker) ?? workTask(maker);
  return {
    ...own,
    ...(wants('condition', 0.2) && own.type !== 'branch' && { condition: condition(maker, knows) }),
    ...(wants('wait', 0.1) && { delay: `${maker.chance.below(2000)}ms` }),
    ...(wants('sla', 0.15) && { sla: `${300 + maker.chance.below(5000)}ms` }),
    ...(wants('event', 0.1) && { produces: `asset://sim/${maker.chance.below(2)}` }),
  };
}

/** A program or a noop, with everything that an attempt may say. */
export function workTask(maker: Maker): Part {
  const { chance, wants } = maker;
  const isNoop = chance.happens(0.2);
  const isEndless = !isNoop && chance.happens(0.05);
  const isLimited = isEndless ? chance.happens(0.9) : chance.happens(0.1);
  const limitMs = isLimited ? 500 + chance.below(chance.pick([3000, 15_000])) : null;
  const repeats = !isNoop && !isEndless && wants('repeat', 0.15);
  const isOnce = chance.happens(0.15);
  const { amounts, keys } = placing(maker, !isOnce);
  return {
    ...(isNoop ? { type: 'noop' } : { type: 'shell', command: command(maker, isEndless, repeats) }),
    ...(repeats && {
      repeat: { until: `output.n >= ${1 + chance.below(3)}`, max: 3, delay: '200ms' },
    }),
    ...retries(maker),
    ...(isOnce && { idempotent: false }),
    ...attemptsOf(maker, limitMs, amounts),
    ...gates(maker),
    ...keys,
  };
}

/** A short task without a place in the graph: a callback or a compensation. */
export function inlineTask(maker: Maker): Part {
  const { chance, below } = maker;
  const kind = chance.fraction();
  if (kind < 0.15 && below.length > 0) return { type: 'trigger', dag: chance.pick(below) };
  if (kind < 0.5) return { type: 'noop', ...attemptsOf(maker, null) };
  const lasts = Math.floor(chance.around(100));
  const words = `sim ${lasts} ${codes(maker, 0.85)}`;
  const again = chance.happens(0.5) ? { retries: 1, retryDelay: '100ms' } : {};
  return { type: 'shell', command: words, ...again, ...attemptsOf(maker, null) };
}

export const retries = ({ chance, wants }: Maker): Part => ({
  retries: chance.happens(0.5) ? 0 : chance.below(4),
  retryDelay: chance.pick(['0s', '100ms', '1s', '3s']),
  retryBackoff: chance.happens(0.5) ? 'fixed' : 'exponential',
  ...(chance.happens(0.5) && { maxRetryDelay: '2s' }),
  ...(chance.happens(0.3) && { retryJitter: true }),
  ...(wants('retry-rule', 0.3) && { retryOn: { exitCodes: [1], errors: ['timeout', 'signal'] } }),
  ...(wants('retry-rule', 0.3) && { noRetryOn: { exitCodes: [2] } }),
});

/** What it takes of its node, and the same for the witness. */
export function attemptsOf(
  { chance, wants }: Maker,
  limitMs: number | null,
  amounts: Amounts = {},
): Part {
  const takes = { slots: 1, cpu: 400 * chance.below(3), memory: mebibyte, ...amounts };
  const { slots: _, ...asked } = takes;
  const limit = limitMs === null ? {} : { SIM_LIMIT_MS: String(limitMs) };
  return {
    resources: inText(asked),
    ...(wants('placement', 0.1) && { limits: inText({ cpu: 2 * takes.cpu }) }),
    env: { SIM_TAKES: JSON.stringify(takes), ...limit },
    ...(limitMs !== null && { timeout: `${limitMs}ms` }),
  };
}

/** As people write it. */
const inText = (amounts: Amounts): Part =>
  Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => [
      name,
      name === 'memory' ? `${amount / mebibyte}Mi` : amount / 1000,
    ]),
  );

function command(maker: Maker, isEndless: boolean, repeats: boolean): string {
  const { chance } = maker;
  const mean = chance.pick([20, 20, 300, 300, 2000, 10_000]);
  const lasts = isEndless ? 'hang' : String(Math.floor(chance.around(mean)));
  const words = ['sim', 'sim', 'sim', 'sim-list', 'sim-output', 'sim-deaf'] as const;
  const word = repeats ? 'sim-count' : chance.pick(words);
  const seen = chance.pick(['', '', '', '', ' {{ params.n }}', ' {{ vars.v0 }}', ' {{ ds }}']);
  const items = word === 'sim-list' ? chance.below(4) : 0;
  return `${word} ${lasts} ${codes(maker, 0.8)} ${items}${seen}`;
}

/** One exit code for each attempt; most succeed, some only later, some never. */
export function codes({ chance }: Maker, wellShare: number): string {
  if (chance.happens(wellShare)) return '0';
  const bad = [1, 1, 2, 99, 99, 100, 101];
  const before = Array.from({ length: 1 + chance.below(3) }, () => chance.pick(bad));
  return [...before, ...(chance.happens(0.7) ? [0] : [])].join(',');
}

function condition({ chance }: Maker, knows: readonly string[]): string {
  if (knows.length === 0 || chance.happens(0.5)) return `params.n > ${chance.below(5)}`;
  return `tasks.${chance.pick(knows)}.state == "success"`;
}

function gates({ chance, wants }: Maker): Part {
  const keys = ['k0', 'k1', 'k-{{ params.n }}'];
  return {
    ...(wants('gate', 0.3) && {
      pool: chance.pick(['p0', 'p1']),
      ...(chance.happens(0.4) && { poolSlots: 2 }),
    }),
    ...(wants('gate', 0.25) && {
      concurrency: { key: chance.pick(keys), max: 1 + chance.below(2) },
    }),
    ...(wants('gate', 0.2) && {
      rateLimit: {
        key: chance.pick(keys),
        max: 1 + chance.below(3),
        per: chance.pick(['1s', '3s']),
      },
    }),
    ...(wants('gate', 0.3) && { priority: chance.below(5) - 2 }),
  };
}

function leaderTask(maker: Maker): Part | undefined {
  const { chance, wants, below } = maker;
  if (wants('wait', 0.1)) return { type: 'wait', ...chance.pick(waits) };
  if (wants('approval', 0.1)) {
    return {
      type: 'approval',
      message: 'May {{ dag_id }} go on?',
      fields: { size: { type: 'integer', default: 1 } },
      ...(chance.happens(0.5) && { onReject: 'skip' }),
      ...(chance.happens(0.6) && {
        timeout: `${500 + chance.below(8000)}ms`,
        onTimeout: chance.pick(['fail', 'skip', 'approve']),
      }),
    };
  }
  if (below.length === 0 || !wants('subdag', 0.1)) return undefined;
  const isWaiting = chance.happens(0.7);
  return {
    type: isWaiting ? 'subdag' : 'trigger',
    dag: chance.pick(below),
    params: { n: chance.pick<unknown>([1, 5, '{{ params.n }}']) },
    retries: chance.below(2),
    retryDelay: '200ms',
    ...(isWaiting && chance.happens(0.3) && { timeout: `${1000 + chance.below(8000)}ms` }),
  };
}

const waits = [
  { for: '300ms' },
  { for: '3s' },
  { until: '{{ run.createdAt | add("2s") }}' },
  { until: '2020-01-01T00:00:00Z' },
] as const;

function sensorTask(maker: Maker): Part | undefined {
  const { chance, wants, above } = maker;
  if (!wants('sensor', 0.12)) return undefined;
  const head = {
    type: 'sensor',
    ...(chance.happens(0.9) && { giveUp: `${500 + chance.below(8000)}ms` }),
    ...(chance.happens(0.5) && { onTimeout: 'skip' }),
  };
  const kind = chance.fraction();
  if (kind < 0.15) return { ...head, asset: 'asset://sim/0' };
  if (kind < 0.3) return { ...head, subject: 'sim.>', filter: 'trigger.payload.id > 3' };
  if (kind < 0.5 && above.length > 0) {
    return { ...head, dag: chance.pick(above), sameLogicalDate: chance.happens(0.3) };
  }
  const every = chance.pick(['200ms', '1s']);
  const looks = Array.from({ length: 1 + chance.below(4) }, () => 1).join(',');
  if (kind < 0.6) {
    return { ...head, giveUp: '2s', file: '/data/inbox/*', every, ...attemptsOf(maker, null) };
  }
  const words = `sim ${Math.floor(chance.around(50))} ${looks},0`;
  return { ...head, command: words, every, ...attemptsOf(maker, null), ...gates(maker) };
}
