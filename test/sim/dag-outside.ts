/** Callbacks and compensations: tasks outside the graph. */
import type { Maker, Part } from './dag-parts.ts';
import { inlineTask } from './dag-work.ts';

/** What a run tells, and the time after which it is late. */
export function hooksOfRun(maker: Maker): Part {
  const isPromised = maker.wants('sla', 0.3);
  return {
    ...hook(maker, 'onSuccess', 0.3),
    ...hook(maker, 'onFailure', 0.4),
    ...hook(maker, 'onExit', 0.4),
    ...(isPromised && { sla: `${500 + maker.chance.below(6000)}ms` }),
    ...(isPromised && hook(maker, 'onSlaMiss', 0.7)),
  };
}

export const hooksOfTask = (maker: Maker, task: Part): Part => ({
  ...hook(maker, 'onSuccess', 0.15),
  ...hook(maker, 'onFailure', 0.2),
  ...(Number(task.retries ?? 0) > 0 && hook(maker, 'onRetry', 0.4)),
  ...(task.sla !== undefined && hook(maker, 'onSlaMiss', 0.7)),
});

export const undoing = (maker: Maker): Part =>
  maker.wants('compensation', 0.4) ? { compensate: inlineTask(maker) } : {};

function hook(maker: Maker, name: string, share: number): Part {
  const { chance, below, wants } = maker;
  if (!wants('hook', share)) return {};
  const one = (): Part =>
    below.length > 0 && chance.happens(0.15)
      ? { dag: chance.pick(below), params: { n: chance.below(5) } }
      : { task: inlineTask(maker) };
  return { [name]: chance.happens(0.8) ? one() : [one(), one()] };
}
