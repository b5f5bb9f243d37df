/** Where a node belongs: its pool, the queues that it serves, and what keeps tasks away from it. */
import { z } from 'zod';
import type { NodePlace } from '../model/node.ts';
import { defaultNodePool } from '../model/node-pool.ts';
import type { Taint } from '../model/placing.ts';
import { idText } from './schema-kit.ts';

const queuesMax = 50;
const taintsMax = 50;

const taintPattern =
  /^(?<key>[a-zA-Z0-9_./-]{1,250})(=(?<value>[a-zA-Z0-9_./-]{1,250}))?(:(?<effect>refuse|avoid))?$/;

/** `gpu`, `gpu=a100`, `spot:avoid`. */
const taint = z.string().transform((text, context): Taint => {
  const found = taintPattern.exec(text)?.groups;
  if (found !== undefined) {
    const { key = '', value = '', effect } = found;
    return { key, value, effect: effect === 'avoid' ? 'avoid' : 'refuse' };
  }
  const message = 'write a taint as key, key=value, key:avoid or key=value:avoid';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

export const placeKeys = {
  pool: idText('a node pool').default(defaultNodePool),
  queues: z.array(idText('a queue')).max(queuesMax).default([]),
  taints: z.array(taint).max(taintsMax).default([]),
};

const placeSchema = z.object(placeKeys);

/** In an order of its own, so that who says the same in another order says nothing new. */
export function placeOf({ pool, queues, taints }: z.output<typeof placeSchema>): NodePlace {
  return {
    ...(pool === defaultNodePool ? {} : { pool }),
    ...(queues.length === 0 ? {} : { queues: [...new Set(queues)].sort() }),
    ...(taints.length === 0 ? {} : { taints: distinct(taints) }),
  };
}

function distinct(taints: readonly Taint[]): readonly Taint[] {
  const byText = new Map(taints.map((it) => [`${it.key}=${it.value}:${it.effect}`, it]));
  return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? []);
}
