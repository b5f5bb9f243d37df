/** Writes: a command goes to the leader, its answer comes back as it was committed. */
import { type Problem, problemOf, problemOfRefusal } from '../api/problems.ts';
import type { RequestId } from '../base/brand.ts';
import { fail, type Result } from '../base/result.ts';
import type { Command, CommandReply, Committed } from '../model/command.ts';
import type { Door } from './route.ts';

/** Who asks, until there are principals. */
const anonymous = 'api';

export async function submit(
  door: Door,
  call: { readonly requestId: RequestId | null },
  command: Command,
): Promise<Result<Committed, Problem>> {
  const { requestId } = call;
  const done = await door.service.submit({ requestId, by: anonymous, command });
  return done.ok ? done : fail(problemOfRefusal(done.error));
}

/** The answer to a repeated key was given to another kind of request. */
export const unexpectedReply = (reply: CommandReply): Result<never, Problem> =>
  fail(
    problemOf(
      'IDEMPOTENCY_CONFLICT',
      `the Idempotency-Key was answered with "${reply.kind}" before`,
    ),
  );

export const dagNotFound = (id: string): Result<never, Problem> =>
  fail(problemOf('DAG_NOT_FOUND', `there is no DAG "${id}" in this namespace`));

export const runNotFound = (id: string): Result<never, Problem> =>
  fail(problemOf('RUN_NOT_FOUND', `there is no run "${id}" in this namespace`));
