/** Requests over HTTP: of tasks, of sensors and of callbacks. */
import { z } from 'zod';
import type { HttpAction, HttpAuth } from '../model/code-action.ts';
import {
  describe,
  httpBody,
  httpHeaders,
  httpMethods,
  httpUrl,
  successStatus,
} from './dag-file-kit.ts';
import { strictInDag } from './schema-kit.ts';

const secret = z.string().min(1).max(8192);

const auth = z
  .union([
    strictInDag({ bearer: secret.meta(describe('A token.')) }),
    strictInDag({
      basic: strictInDag({ user: z.string().max(8192), password: z.string().max(8192) }),
    }),
  ])
  .meta(describe('Becomes the authorization header, for the origin of `url` alone.'));

/** What a request is made of. */
export const requestKeys = {
  url: httpUrl,
  method: z.enum(httpMethods).optional(),
  headers: httpHeaders.optional(),
  body: httpBody.optional(),
  successStatus: successStatus.optional(),
  auth: auth.optional(),
  redirects: z
    .int()
    .min(0)
    .max(20)
    .optional()
    .meta(describe('How many redirects are followed (5).')),
};

export const http = {
  type: z.literal('http'),
  ...requestKeys,
  retryAfter: z
    .boolean()
    .optional()
    .meta(describe('true: a `retry-after` of the server delays the next attempt (true).')),
};

interface Request {
  readonly url: string;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly successStatus?: readonly number[] | undefined;
  readonly auth?: z.output<typeof auth> | undefined;
  readonly redirects?: number | undefined;
  readonly retryAfter?: boolean | undefined;
}

export const httpAction = (request: Request): HttpAction => ({
  kind: 'http',
  method: request.method ?? 'GET',
  url: request.url,
  headers: request.headers ?? {},
  body: request.body ?? null,
  successStatus: request.successStatus ?? [],
  ...(request.auth && { auth: authOf(request.auth) }),
  ...(request.redirects !== undefined && { redirects: request.redirects }),
  ...(request.retryAfter === false && { retryAfter: false }),
});

const authOf = (said: z.output<typeof auth>): HttpAuth =>
  'bearer' in said ? { kind: 'bearer', token: said.bearer } : { kind: 'basic', ...said.basic };
