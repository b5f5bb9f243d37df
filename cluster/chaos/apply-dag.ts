/** A DAG that must be there before anything else is done. */
import { until } from '../problem.ts';
import type { World } from './world.ts';

const waiting = { withinMs: 30_000, everyMs: 200 };

export async function applyDag(world: World, id: string, text: string): Promise<void> {
  await until(`${id} to be applied`, waiting, async () => {
    const path = `/api/v1/dags/${id}`;
    const answer = await world.leader.ask({ method: 'PUT', path, body: text });
    if (answer.kind === 'refused') throw new Error(`${id} was refused: ${answer.code}`);
    return answer.kind === 'ok' || undefined;
  });
}
