/** Nodes and demands for tests of the Fleet, with every default written once. */
import { incarnation, nodeId } from '../../base/brand.ts';
import type { NodeRow } from '../../model/node.ts';
import type { DagPlacing } from '../../model/placing.ts';
import type { Resources } from '../../model/resources.ts';
import { plainTask } from '../../model/testing/plain-specs.ts';
import { type Asking, type Demand, demandOf } from '../demand.ts';
import { Fleet } from '../fleet.ts';
import { start } from './rows.ts';

export const nodeRow = (name: string, capacity: Resources, differs: Partial<NodeRow> = {}) =>
  ({
    nodeId: nodeId(name),
    incarnation: incarnation(`${name}-1`),
    capacity,
    labels: {},
    address: `http://${name}`,
    status: 'alive',
    since: start,
    ...differs,
  }) satisfies NodeRow;

/** Asks for these resources and, unless it says so, for nothing else. */
export const demand = (
  resources: Resources,
  differs: Partial<Asking> = {},
  dag: Pick<DagPlacing, 'placement'> = {},
): Demand => demandOf(plainTask({ resources, ...differs }), dag);

/** All of them open and idle. */
export function fleetOf(...rows: readonly NodeRow[]): Fleet {
  const fleet = new Fleet();
  for (const row of rows) fleet.put(row);
  fleet.open(() => true);
  return fleet;
}
