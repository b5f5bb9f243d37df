/**
 * The request that an HTTP task begins with: its address, and the credentials that go with it.
 * Those of a connection go to the origin of the connection, if it names one, and nowhere else: an
 * address is often put together from what others say.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { type HttpAction, httpRedirectsDefault } from '../../model/code-action.ts';
import type { OpenSettings } from '../opened-settings.ts';
import { secretForms } from '../secret-forms.ts';
import type { HttpRequest } from './http-redirect.ts';

/** A request, and how far it is followed. */
export interface Outgoing extends HttpRequest {
  /** Status codes that end it even where they redirect. */
  readonly successStatus: readonly number[];
  /** How many redirects are followed. */
  readonly redirects: number;
  /** Shown to one origin. */
  readonly tls?: ClientTls;
}

/** PEM texts: what a server is believed by, and what we show it. */
export interface ClientTls {
  readonly origin: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

interface Prepared {
  readonly request: Outgoing;
  /** Forms in which its credentials may come back, beside those of the secrets themselves. */
  readonly hidden: readonly string[];
}

/** `settings` are those of the connection that its `auth` names. The error is a sentence. */
export function prepared(action: HttpAction, settings: OpenSettings): Result<Prepared, string> {
  const { method, url, headers, body, successStatus, auth } = action;
  const rest = { successStatus, redirects: action.redirects ?? httpRedirectsDefault };
  const plain = { method, url, headers, body, ...rest };
  if (auth === undefined) return ok({ request: plain, hidden: [] });
  if (auth.kind !== 'connection') {
    const value = auth.kind === 'bearer' ? `Bearer ${auth.token}` : basic(auth);
    return ok({ request: withHeader(plain, 'authorization', value), hidden: [] });
  }
  if (settings.kind !== 'http') {
    return fail(`connection "${auth.name}" is of kind ${settings.kind ?? 'none'}, not http`);
  }
  const address = addressOf(url, settings.url);
  if (!address.ok) return fail(`connection "${auth.name}": ${address.error}`);
  const request = { ...plain, url: address.value, ...tlsOf(address.value, settings) };
  const header = headerOf(settings);
  if (header === undefined) return ok({ request, hidden: [] });
  const hidden = secretForms([header.value.replace(/^(Basic|Bearer) /, '')]) ?? [];
  return ok({ request: withHeader(request, header.name, header.value), hidden });
}

/** A path stands for one below the connection's address; other addresses are of its origin. */
function addressOf(url: string, base: string | undefined): Result<string, string> {
  if (base === undefined) return ok(url);
  if (!URL.canParse(base)) return fail('its url is no address');
  const whole = url.startsWith('/') ? `${base.replace(/\/+$/, '')}${url}` : url;
  if (!URL.canParse(whole)) return ok(whole);
  const [wanted, own] = [new URL(whole).origin, new URL(base).origin];
  return wanted === own ? ok(whole) : fail(`it is for ${own}, and nothing of it goes to ${wanted}`);
}

function headerOf({ header, token, user, password }: OpenSettings) {
  if (token !== undefined) {
    return header === undefined
      ? { name: 'authorization', value: `Bearer ${token}` }
      : { name: header, value: token };
  }
  if (user === undefined && password === undefined) return undefined;
  return { name: 'authorization', value: basic({ user: user ?? '', password: password ?? '' }) };
}

function tlsOf(url: string, { ca, cert, key }: OpenSettings): { readonly tls?: ClientTls } {
  if ((ca ?? cert ?? key) === undefined || !URL.canParse(url)) return {};
  const { origin } = new URL(url);
  return { tls: { origin, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } };
}

/** Credentials come from one place: a header of the task's own with that name is left out. */
function withHeader(request: Outgoing, name: string, value: string): Outgoing {
  const lower = name.toLowerCase();
  const others = Object.entries(request.headers).filter(([it]) => it.toLowerCase() !== lower);
  const headers = { ...Object.fromEntries(others), [name]: value };
  return { ...request, headers, secretHeader: lower };
}

export const basic = (said: { readonly user: string; readonly password: string }): string =>
  `Basic ${Buffer.from(`${said.user}:${said.password}`).toString('base64')}`;
