/**
 * Slack: an incoming webhook (`url`), or a bot (`token` and `channel`) by `chat.postMessage`. The
 * three letters that make mentions and links are escaped, as Slack asks for.
 */
import { fail, ok } from '../../base/result.ts';
import { type Channel, detailText, headline } from './channel.ts';

const postMessage = 'https://slack.com/api/chat.postMessage';

export const slack: Channel = {
  post(message, { url, token, channel }) {
    const head = headline(message);
    const details = Object.entries(message.details).map(
      ([name, value]) => `• ${escaped(name)}: ${escaped(detailText(value))}`,
    );
    const lines = [...(head === undefined ? [] : [`*${escaped(head)}*`]), escaped(message.text)];
    const text = [...lines, ...details].join('\n');
    if (token === undefined) {
      return url === undefined ? fail('it needs a url, or a token') : ok({ url, body: { text } });
    }
    if (channel === undefined) return fail('with a token it needs a channel');
    const headers = { authorization: `Bearer ${token}` };
    return ok({ url: url ?? postMessage, headers, body: { channel, text } });
  },
  /** A webhook answers with the text `ok`, which is no JSON. */
  refused({ ok: isTaken, error }) {
    if (isTaken !== false) return undefined;
    const reason = typeof error === 'string' ? error : 'it was not taken';
    return { reason, retryable: /rate_?limited|internal_error|fatal_error/.test(reason) };
  },
  id: ({ ts }) => (typeof ts === 'string' ? ts : undefined),
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
