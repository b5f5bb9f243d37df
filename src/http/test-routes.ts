/**
 * `POST /test/…`: hooks for those who break a node on purpose. They are no part of the contract:
 * no client may lean on them, and a node that was not started for it answers 404.
 */
import { z } from 'zod';
import { findingsOf, remarksOf } from '../api/findings.ts';
import { readJson } from '../api/json-text.ts';
import { type Problem, problemOf, problemOfFindings } from '../api/problems.ts';
import { strict } from '../api/schema-kit.ts';
import { bodyTextLimits } from '../api/source-document.ts';
import { type FailpointOrder, failpoints, type TestHooks } from '../api/test-hooks.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { readBody } from './body.ts';
import { jsonReply, problemReply } from './reply.ts';
import type { Door } from './route.ts';

const stallBody = strict({ ms: z.int().min(1).max(600_000) });

const failpointBody = strict({
  name: z.enum(failpoints, { error: `one of ${failpoints.join(', ')}` }),
  action: z.enum(['crash', 'sleep', 'error']),
  ms: z.int().min(1).max(600_000).default(1_000),
  count: z.int().min(1).max(1_000_000).default(1),
});

const clockBody = strict({ offsetMs: z.int().min(-1e12).max(1e12) });

export function testRoutes(door: Door, hooks: TestHooks | null): void {
  hook(door, hooks, { name: 'stall', schema: stallBody }, (on, { ms }) => {
    on.stall(ms);
    return ok(undefined);
  });
  hook(door, hooks, { name: 'failpoint', schema: failpointBody }, (on, body) => {
    const isThere = on.arm(orderOf(body));
    if (isThere) return ok(undefined);
    const detail = `this node does not pass ${body.name} now, or nothing can fail there`;
    return fail(problemOf('BODY_INVALID', detail));
  });
  hook(door, hooks, { name: 'clock', schema: clockBody }, (on, { offsetMs }) => {
    on.setClockOffset(offsetMs);
    return ok(undefined);
  });
}

function orderOf({ name, action, ms, count }: z.output<typeof failpointBody>): FailpointOrder {
  return { name, count, action: action === 'sleep' ? { kind: action, ms } : { kind: action } };
}

function hook<S extends z.ZodType>(
  { app, service, limits }: Door,
  hooks: TestHooks | null,
  { name, schema }: { readonly name: string; readonly schema: S },
  run: (hooks: TestHooks, body: z.output<S>) => Result<void, Problem>,
): void {
  app.post(`/test/${name}`, async ({ req }) => {
    const index = service.reader.appliedIndex();
    if (hooks === null) {
      const detail = 'the node was started without SKEIN_TEST_HOOKS=1';
      return problemReply(problemOf('TEST_HOOKS_OFF', detail), index);
    }
    const text = await readBody(req.raw, limits.bodyBytesMax);
    if (!text.ok) return problemReply(text.error, index);
    const body = parse(schema, text.value);
    const done = body.ok ? run(hooks, body.value) : body;
    return done.ok ? jsonReply(200, index, { done: name }) : problemReply(done.error, index);
  });
}

function parse<S extends z.ZodType>(schema: S, text: string): Result<z.output<S>, Problem> {
  const read = readJson(text, bodyTextLimits);
  if (!read.ok) return fail(problemOfFindings('BODY_INVALID', read.error));
  const parsed = schema.safeParse(read.value.value);
  if (parsed.success) return ok(parsed.data);
  const remarks = remarksOf(parsed.error.issues, 'BODY_INVALID', read.value.value);
  return fail(problemOfFindings('BODY_INVALID', findingsOf(remarks, undefined)));
}
