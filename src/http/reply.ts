/** Replies: JSON with its log index, and problems with their code. */

import { type Problem, retryAfterSeconds } from '../api/problems.ts';
import type { LogIndex } from '../base/brand.ts';
import { inSteps, jsonSteps } from './in-steps.ts';

/** On every reply: nothing here is to be sniffed, framed or kept by a cache. */
const safeHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

export const replyHeaders = (index: LogIndex, contentType: string): Record<string, string> => ({
  ...safeHeaders,
  'content-type': contentType,
  'x-skein-index': String(index),
});

export const jsonReply = async (
  status: number,
  index: LogIndex,
  body: unknown,
): Promise<Response> =>
  new Response(`${await inSteps(jsonSteps(body))}\n`, {
    status,
    headers: replyHeaders(index, 'application/json'),
  });

export function problemReply(
  problem: Problem,
  index: LogIndex,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const retryAfter = retryAfterSeconds(problem.code);
  return new Response(`${JSON.stringify(problem)}\n`, {
    status: problem.status,
    headers: {
      ...replyHeaders(index, 'application/problem+json'),
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      // What is left of a body that nobody read would be taken for the next request.
      ...(problem.status === 413 ? { connection: 'close' } : {}),
      ...headers,
    },
  });
}
