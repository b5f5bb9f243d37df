/**
 * Redirects follow the Fetch standard (section 4.4): 303, and 301 or 302 after a POST, become a GET
 * without body; the others repeat the request. Credentials do not follow to another origin.
 */

/** What is sent. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** In small letters: one more header that does not follow to another origin. */
  readonly secretHeader?: string;
}

const redirectStatus: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const credentialHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
]);
const bodyHeaders: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
]);

/** The request that a redirect asks for; undefined if the response is none. */
export function redirected(
  request: HttpRequest,
  { status, location }: { readonly status: number; readonly location: string | undefined },
): HttpRequest | undefined {
  if (location === undefined || !redirectStatus.has(status)) return undefined;
  if (!URL.canParse(location, request.url)) return undefined;
  const target = new URL(location, request.url);
  const sameOrigin = target.origin === new URL(request.url).origin;
  const method = request.method.toUpperCase();
  const toGet = (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST');
  const { secretHeader } = request;
  const isCredential = (name: string): boolean =>
    credentialHeaders.has(name) || name === secretHeader;
  const headers = Object.entries(request.headers).filter(([name]) => {
    const lower = name.toLowerCase();
    if (!sameOrigin && (isCredential(lower) || lower === 'host')) return false;
    return !toGet || !bodyHeaders.has(lower);
  });
  return {
    method: toGet ? 'GET' : request.method,
    url: target.href,
    headers: Object.fromEntries(headers),
    body: toGet ? null : request.body,
    ...(secretHeader !== undefined && { secretHeader }),
  };
}
