/**
 * Any server that takes JSON. With a `signKey` it can tell who has sent it, and when: the header
 * `x-skein-signature` is `sha256=` and HMAC-SHA256 of `TIMESTAMP.BODY` with the key, in hex;
 * `x-skein-timestamp` is the time, in seconds.
 */
import { createHmac } from 'node:crypto';
import { fail, ok } from '../../base/result.ts';
import type { OpenSettings } from '../opened-settings.ts';
import type { Channel } from './channel.ts';

export const webhook: Channel = {
  post(message, settings) {
    const { url, method = 'POST', signKey } = settings;
    if (url === undefined) return fail('it needs a url');
    const { title, text, severity, details, source, key, at } = message;
    const sentAt = new Date(at).toISOString();
    const body = { title, message: text, severity, details, source, sentAt };
    const timestamp = String(Math.floor(at / 1000));
    const signed = `${timestamp}.${JSON.stringify(body)}`;
    const headers = {
      'idempotency-key': key,
      ...tokenHeader(settings),
      ...(signKey !== undefined && {
        'x-skein-timestamp': timestamp,
        'x-skein-signature': `sha256=${createHmac('sha256', signKey).update(signed).digest('hex')}`,
      }),
    };
    return ok({ url, method, headers, body });
  },
  id: ({ id }) => (typeof id === 'string' ? id : undefined),
};

function tokenHeader({ header, token }: OpenSettings): Readonly<Record<string, string>> {
  if (token === undefined) return {};
  return header === undefined ? { authorization: `Bearer ${token}` } : { [header]: token };
}
