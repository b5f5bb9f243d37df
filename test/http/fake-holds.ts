/** Runs whose attempts hold what others wait for. */
import { namespace, runId, wallMs } from '../../src/base/brand.ts';
import type { GateHold } from '../../src/model/attempt.ts';
import { poolFact, taskFact } from '../../src/model/fact.ts';
import type { FakeService } from './fake-service.ts';

/** Pool `db` of 8 slots, and for each hold a live attempt of task `a` in run `r1`, `r2`… */
export function hold(service: FakeService, holds: readonly GateHold[]): void {
  const row = { namespace: namespace('default'), name: 'db', slots: 8, description: '' };
  service.commit('pool', [poolFact({ ...row, updatedAt: wallMs(0), updatedBy: 'test' })]);
  for (const [at, held] of holds.entries()) {
    const id = runId(`r${at + 1}`);
    service.setTask(id, 'a', 'running');
    const [task] = service.state.run(row.namespace, id)?.tasks.values() ?? [];
    if (task?.status !== 'running') throw new Error(`run ${id} was started before`);
    service.commit('holds', [taskFact({ ...task, attempt: { ...task.attempt, holds: held } })]);
  }
}
