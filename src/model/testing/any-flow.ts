/** Any small definition: every way in which tasks can hang together, for property tests. */
import fc from 'fast-check';
import { type TaskId, taskId } from '../../base/brand.ts';
import type { DagSpec, TaskAction, TaskSpec } from '../dag.ts';
import type { MapSpec } from '../map.ts';
import { triggerRules } from '../trigger-rule.ts';
import { plainSpec, plainTask } from './plain-specs.ts';

/** Tasks `t0`, `t1`… each of which depends on some before it; two stretches of them are mapped. */
export const anyFlow: fc.Arbitrary<DagSpec> = fc
  .record({
    tasks: fc.array(
      fc.record({
        parents: fc.uniqueArray(fc.nat(9), { maxLength: 3 }),
        rule: fc.oneof(fc.constant('all_success' as const), fc.constantFrom(...triggerRules)),
        kind: fc.constantFrom('plain', 'plain', 'plain', 'branches', 'circuit', 'teardown'),
      }),
      { minLength: 1, maxLength: 9 },
    ),
    maps: fc.array(
      fc.record({
        from: fc.nat(8),
        length: fc.integer({ min: 1, max: 3 }),
        parents: fc.uniqueArray(fc.nat(8), { maxLength: 2 }),
        rule: fc.constantFrom(...triggerRules),
        activeMax: fc.constantFrom(null, 1, 2),
        over: fc.constantFrom('[1, 2, 3]', '[1, 2]', '[1]', '[]', 'no.such.name', '1'),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ tasks, maps }) => {
    const mapOf = new Map<number, string>();
    const named: Record<string, MapSpec> = {};
    for (const [which, { from, length, parents, rule, activeMax, over }] of maps.entries()) {
      const last = Math.min(from + length, tasks.length);
      const members = range(from, last).filter((place) => !mapOf.has(place));
      if (members.length === 0) continue;
      for (const place of members) mapOf.set(place, `m${which}`);
      named[`m${which}`] = {
        over: { item: over },
        members: members.map(nameOf),
        dependsOn: parents.filter((place) => place < from).map(nameOf),
        triggerRule: rule,
        activeMax,
      };
    }
    const entries = tasks.map(({ parents, rule, kind }, place) => {
      const dependsOn = parents.filter((parent) => parent < place).map(nameOf);
      const mapId = mapOf.get(place);
      const circuit = { kind: 'branch', condition: 'true', otherwise: [], shortCircuit: true };
      const [setup] = dependsOn;
      const flow: Partial<TaskSpec> = {
        ...(mapId !== undefined && { map: mapId }),
        ...(kind === 'branches' && { branches: true }),
        ...(kind === 'circuit' && { action: { ...circuit, follow: null } as TaskAction }),
        ...(kind === 'teardown' && {
          role: {
            kind: 'teardown',
            setups: setup === undefined ? [] : [setup],
            failsRun: place % 2 === 0,
          },
        }),
      };
      return [nameOf(place), plainTask({ dependsOn, triggerRule: rule, ...flow })] as const;
    });
    return plainSpec(Object.fromEntries(entries), { maps: named });
  });

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, step) => from + step);

const nameOf = (place: number): TaskId => taskId(`t${place}`);
