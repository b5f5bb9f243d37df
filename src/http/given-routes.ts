/** The route of what an attempt was given. */
import { contract } from '../api/contract.ts';
import { givenRecord } from '../api/contract-given.ts';
import { problemOf } from '../api/problems.ts';
import { runId } from '../base/brand.ts';
import { fail, ok } from '../base/result.ts';
import { parseJson } from '../model/json.ts';
import { findAttempt } from './find-attempt.ts';
import { type Door, route } from './route.ts';

export function givenRoutes(door: Door): void {
  const { service } = door;
  route(door, contract.getGiven, async ({ params, query, namespace }) => {
    const run = runId(params.runId);
    const { index, value } = await service.reader.run(namespace, run);
    const { mapIndex = 0 } = query;
    const found = findAttempt(value, { ...params, mapIndex });
    if (!found.ok) return found;
    const { attempt, node } = found.value;
    const { taskId } = params;
    const text = await service.readGiven({ namespace, runId: run, taskId, mapIndex, attempt });
    const kept = text === null ? undefined : readRecord(text);
    if (kept !== undefined) return ok({ index, value: { ...kept, attempt, node } });
    const why = text === null ? 'has nothing of it, or does not answer' : 'has it damaged';
    const detail = `what attempt ${attempt} was given: node ${node} ${why}`;
    return fail(problemOf('GIVEN_NOT_FOUND', detail));
  });
}

/** Undefined: it is not what we write; a machine that lost its power may have left half of it. */
function readRecord(text: string) {
  const parsed = parseJson(text);
  return parsed.ok ? givenRecord.safeParse(parsed.value).data : undefined;
}
