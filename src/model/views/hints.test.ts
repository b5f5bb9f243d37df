import { expect, it } from 'vitest';
import { incarnation, nodeId, token, wallMs } from '../../base/brand.ts';
import type { AttemptUsage, EndedAttempt } from '../attempt.ts';
import { hintLimits, taskHint } from './hints.ts';

const mebi = 1024 * 1024;
const gibi = 1024 * mebi;

const attempt = (usage: AttemptUsage, more: Partial<EndedAttempt> = {}): EndedAttempt => ({
  ...{ number: 1, node: nodeId('n1'), incarnation: incarnation('i'), token: token(1) },
  ...{ assignedAt: wallMs(0), startedAt: wallMs(0), endedAt: wallMs(10_000) },
  ...{ outcome: 'success', exitCode: 0, signal: null, error: null, usage },
  ...more,
});
const times = (count: number, usage: (at: number) => AttemptUsage): readonly EndedAttempt[] =>
  Array.from({ length: count }, (_, at) => attempt(usage(at)));

const resources = { memory: 4 * gibi, cpu: 2_000, slots: 1 };

it('hints: memory is the most that was used, and a fifth, rounded up', () => {
  const attempts = times(37, (at) => ({ memoryBytesMax: (274 + at) * mebi }));
  const { memory, advice } = taskHint('t', { resources }, attempts);
  expect(memory).toEqual({
    ...{ requested: 4 * gibi, limit: null, samples: 37 },
    ...{ p50: 292 * mebi, p95: 309 * mebi, max: 310 * mebi, suggested: 384 * mebi },
  });
  expect(advice).toEqual([
    'asks for 4Gi, has used at most 310Mi of memory in 37 attempts: 384Mi would do',
  ]);
});

it('hints: cpu is what 95 of 100 attempts kept busy', () => {
  const attempts = times(100, (at) => ({ cpuMs: at < 95 ? 3_100 : 40_000 }));
  const { cpu, advice } = taskHint('t', { resources }, attempts);
  expect(cpu).toMatchObject({ requested: 2, p50: 0.31, p95: 0.31, max: 4, suggested: 0.35 });
  expect(advice).toEqual([
    'asks for 2 cores, has kept 0.31 cores busy in 95% of 100 attempts: 0.35 would do',
  ]);
});

it('hints: also the other way, and nothing where a request is about right', () => {
  const more = times(20, () => ({ memoryBytesMax: 5 * gibi, cpuMs: 35_000 }));
  expect(taskHint('t', { resources }, more).advice).toEqual([
    'asks for 4Gi, has used at most 5Gi of memory in 20 attempts: ask for 6Gi',
    'asks for 2 cores, has kept 3.5 cores busy in 95% of 20 attempts: ask for 3.5',
  ]);
  const right = times(20, () => ({ memoryBytesMax: 3 * gibi, cpuMs: 18_000 }));
  expect(taskHint('t', { resources }, right).advice).toEqual([]);
  const none = times(20, () => ({ memoryBytesMax: 10 * mebi, cpuMs: 500 }));
  expect(taskHint('t', { resources: { slots: 1 } }, none).advice).toEqual([
    'asks for no memory, has used at most 10Mi of memory in 20 attempts: ask for 16Mi',
    'asks for no cpu, has kept 0.05 cores busy in 95% of 20 attempts: ask for 0.05',
  ]);
});

it('hints: too few attempts, failures and very short ones say nothing', () => {
  const usage = { memoryBytesMax: mebi, cpuMs: 10 };
  const few = times(hintLimits.samplesMin - 1, () => usage);
  const failed = times(20, () => usage).map((it) => ({ ...it, outcome: 'failed' }) as const);
  const short = times(20, () => usage).map((it) => ({ ...it, endedAt: wallMs(999) }));
  const hint = taskHint('t', { resources }, [...few, ...failed]);
  expect([hint.memory.samples, hint.memory.suggested, hint.advice]).toEqual([9, null, []]);
  expect(taskHint('t', { resources }, short).cpu.samples).toBe(0);
  expect(taskHint('t', { resources }, []).memory).toMatchObject({ samples: 0, p50: null });
});

it('hints: one kill for memory is enough, unless the limit has been raised since', () => {
  const limits = { memory: 512 * mebi };
  const kill = (memoryBytesMax: number) =>
    attempt({ memoryBytesMax }, { outcome: 'failed', errorClass: 'out_of_memory' });
  const hint = taskHint('t', { resources, limits }, [kill(512 * mebi)]);
  expect(hint).toMatchObject({
    outOfMemory: 1,
    memory: { suggested: 768 * mebi, limit: 512 * mebi },
    advice: ['once killed for its memory at its limit of 512Mi: give it 768Mi'],
  });
  const raised = taskHint('t', { resources, limits: { memory: gibi } }, [kill(512 * mebi)]);
  expect(raised).toMatchObject({ outOfMemory: 0, advice: [] });
  const ofNode = taskHint('t', { resources }, [kill(5 * gibi), kill(6 * gibi)]);
  expect(ofNode.advice).toEqual(['2 times killed for its memory: give it 9Gi']);
});
