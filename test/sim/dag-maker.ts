/**
 * Random workflows, written as DAG files and read by the production's own reader: what it refuses
 * is a mistake of one of the two, and stops the simulation.
 */
import { readDag } from '../../src/api/dag-file.ts';
import { type DagId, dagId, type Namespace, type VersionId } from '../../src/base/brand.ts';
import type { DagSpec, TaskSpec } from '../../src/model/dag.ts';
import type { Chance } from './chance.ts';
import { hooksOfRun } from './dag-outside.ts';
import type { DagWishes, Maker, Part } from './dag-parts.ts';
import { placingOfDag } from './dag-placing.ts';
import { makeTasks } from './dag-tasks.ts';
import { makeTimes, makeTriggers } from './dag-times.ts';
import type { Feature } from './features.ts';
import { space } from './named-objects.ts';

export interface MadeDag {
  readonly namespace: Namespace;
  readonly dagId: DagId;
  readonly versionId: VersionId;
  readonly spec: DagSpec;
  /** It has a task that ends only when somebody kills it, or answers it. */
  readonly hangs: boolean;
}

export function makeDag(chance: Chance, wishes: DagWishes): MadeDag {
  const { features = new Set<Feature>(), above = [], below = [] } = wishes;
  const { nodes = [], namespace = space } = wishes;
  const wants = (feature: Feature, share: number): boolean =>
    features.has(feature) && chance.happens(share);
  const maker: Maker = { ...wishes, features, above, below, nodes, namespace, chance, wants };
  const text = JSON.stringify(makeFile(maker));
  const read = readDag({ text, format: 'json', id: null, namespace, limits: null });
  if (!read.ok) throw new Error(`the reader refuses ${JSON.stringify(read.error)} in ${text}`);
  const { versionId, spec } = read.value;
  return {
    namespace,
    dagId: dagId(wishes.name),
    versionId,
    spec,
    hangs: Object.values(spec.tasks).some(hangs),
  };
}

/** Every DAG has the same params, so that each may start each. */
const params = {
  n: { type: 'integer', default: 3, minimum: 0, maximum: 9 },
  items: { type: 'array', default: [1, 2] },
} as const;

function makeFile(maker: Maker): Part {
  const { chance, name } = maker;
  return {
    id: name,
    params,
    ...makeTimes(maker),
    ...makeTriggers(maker),
    maxActiveRuns: chance.pick([1, 2, 4, 16]),
    priority: chance.below(3),
    ...placingOfDag(maker),
    ...(chance.happens(0.2) && { timeout: `${3000 + chance.below(20_000)}ms` }),
    ...hooksOfRun(maker),
    tasks: makeTasks(maker),
  };
}

function hangs({ action, timeoutMs }: TaskSpec): boolean {
  const isEndless = action.kind === 'shell' && action.command.includes('hang');
  return timeoutMs === null && (isEndless || action.kind === 'await');
}
