/** Requests over HTTP: of tasks, of sensors and of callbacks. */
import { z } from 'zod';
import type { HttpAction, HttpAuth } from '../model/code-action.ts';
import { describe, httpBody, httpHeaders, httpMethods, successStatus } from './dag-file-kit.ts';
import { idText, strict } from './schema-kit.ts';

const secret = z.string().min(1).max(8192);

const auth = z
  .union([
    strict({ bearer: secret.meta(describe('A token.')) }),
    strict({
      basic: strict({ user: z.string().max(8192), password: z.string().max(8192) }),
    }),
    strict({
      connection: idText('a connection').meta(
        describe('Of kind http: its token, or its user and password, which stand nowhere else.'),
      ),
    }),
  ])
  .meta(describe('Becomes a header, for the origin of `url` alone.'));

/** An address, or a path below that of the connection. */
const requestUrl = z
  .string()
  .max(8192)
  .regex(/^(https?:\/\/[^\s/]+|\{\{|\/(?!\/))/, 'write an http:// or https:// address');

interface Addressed {
  readonly url: string;
  readonly auth?: z.output<typeof auth> | undefined;
}

/** A path alone leads nowhere. */
export const hasHost = (request: Addressed): boolean =>
  !request.url.startsWith('/') || (request.auth !== undefined && 'connection' in request.auth);
export const hostMissing = {
  error: 'a path goes with `auth: { connection: … }`: write an http:// or https:// address',
  path: ['url'],
};

/** What a request is made of. */
export const requestKeys = {
  url: requestUrl.meta(describe('A path, where `auth.connection` has a url for it.')),
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

function authOf(said: z.output<typeof auth>): HttpAuth {
  if ('connection' in said) return { kind: 'connection', name: said.connection };
  return 'bearer' in said
    ? { kind: 'bearer', token: said.bearer }
    : { kind: 'basic', ...said.basic };
}
