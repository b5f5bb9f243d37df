/** Reading bodies: never more than the limit in memory, whatever the headers say. */
import { type Problem, problemOf } from '../api/problems.ts';
import { fail, ok, type Result } from '../base/result.ts';

/** The whole body as text; empty if there is none. */
export async function readBody(
  request: Request,
  bytesMax: number,
): Promise<Result<string, Problem>> {
  const refused = refuseByHeader(request.headers, bytesMax);
  if (refused !== undefined) return fail(refused);
  if (request.body === null) return ok('');
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      if (bytes > bytesMax) {
        // The stream is left unread on purpose: the reply closes the connection.
        reader.releaseLock();
        return fail(tooLarge(bytesMax));
      }
      chunks.push(value);
    }
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (error) {
    const isText = error instanceof TypeError && bytes > 0;
    const detail = isText ? 'the body is not UTF-8 text' : 'the body broke off before its end';
    return fail(problemOf(isText ? 'BODY_INVALID' : 'REQUEST_MALFORMED', detail));
  }
}

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
