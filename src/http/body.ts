/** Reading bodies: never more than the limit in memory, whatever the headers say. */
import { IncomingMessage } from 'node:http';
import { type Problem, problemOf } from '../api/problems.ts';
import { fail, ok, type Result } from '../base/result.ts';

/** The messages of Node that requests came in: reading one costs half of what a web stream does. */
const messages = new WeakMap<Request, IncomingMessage>();

/** `env` is what the server gives with a request. Without this the request's own stream is read. */
export function noteMessage(request: Request, env: unknown): void {
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return;
  if (env.incoming instanceof IncomingMessage) messages.set(request, env.incoming);
}

/** The whole body as text; empty if there is none. */
export async function readBody(
  request: Request,
  bytesMax: number,
): Promise<Result<string, Problem>> {
  const refused = refuseByHeader(request.headers, bytesMax);
  if (refused !== undefined) return fail(refused);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of chunksOf(request)) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) return fail(tooLarge(bytesMax));
      chunks.push(chunk);
    }
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (error) {
    const isText = error instanceof TypeError && bytes > 0;
    const detail = isText ? 'the body is not UTF-8 text' : 'the body broke off before its end';
    return fail(problemOf(isText ? 'BODY_INVALID' : 'REQUEST_MALFORMED', detail));
  }
}

/** Who stops early leaves the rest unread on purpose: the reply closes the connection. */
const chunksOf = (request: Request): AsyncIterable<Uint8Array> | readonly Uint8Array[] =>
  messages.get(request)?.iterator({ destroyOnReturn: false }) ??
  request.body?.values({ preventCancel: true }) ??
  [];

/** A body that says it is too large is refused before a byte of it is read. */
export function refuseByHeader(headers: Headers, bytesMax: number): Problem | undefined {
  const length = Number(headers.get('content-length') ?? 0);
  return length > bytesMax ? tooLarge(bytesMax) : undefined;
}

export const tooLarge = (bytesMax: number): Problem =>
  problemOf('TOO_LARGE', `the body has more than ${bytesMax} bytes`);

/** `application/json; charset=utf-8` -> `application/json`. */
export const mediaType = (headers: Headers): string =>
  (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
