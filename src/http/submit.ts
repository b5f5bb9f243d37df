/** Writes: a command goes to the leader, its answer comes back as it was committed. */
import { type Problem, problemOf, problemOfRefusal } from '../api/problems.ts';
import type { LogIndex, RequestId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Command, CommandReply, Committed } from '../model/command.ts';
import type { Door, Success } from './route.ts';

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

/** A write that answers with what was asked for, and the log index at which it came to be. */
export async function acknowledge<T extends object>(
  door: Door,
  call: { readonly requestId: RequestId | null },
  command: Command,
  value: T,
): Promise<Result<Success<T & { readonly index: LogIndex }>, Problem>> {
  const done = await submit(door, call, command);
  if (!done.ok) return done;
  const { index } = done.value;
  return ok({ index, value: { ...value, index } });
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
