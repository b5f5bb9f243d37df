/**
 * Feishu, and Lark: a custom bot of a group. A `post` and not a `text`, in which letters of anybody
 * could mention everybody. With a `signKey` the body says when it was made, in seconds, and
 * HMAC-SHA256 of nothing with `TIMESTAMP\nKEY` as the key, in base64.
 */
import { createHmac } from 'node:crypto';
import { fail, ok } from '../../base/result.ts';
import { type Channel, codeRefused, cutBytes, headline, plainText } from './channel.ts';

/** A request has at most 20 KB. */
const textBytesMax = 16_000;

export const feishu: Channel = {
  post(message, { url, signKey }) {
    if (url === undefined) return fail('it needs a url');
    const body = plainText({ ...message, title: null, severity: 'info' });
    const text = cutBytes(body, textBytesMax);
    const lines = text.split('\n').map((line) => [{ tag: 'text', text: line }]);
    const post = { zh_cn: { title: headline(message) ?? '', content: lines } };
    return ok({
      url,
      body: { ...signature(message.at, signKey), msg_type: 'post', content: { post } },
    });
  },
  /** 11232: too many messages; 1061045 and 99991400: the same for an application. */
  refused: (answer) =>
    codeRefused(answer, { code: 'code', text: 'msg', busy: [11232, 1061045, 99991400] }),
};

function signature(at: number, signKey: string | undefined) {
  if (signKey === undefined) return {};
  const timestamp = String(Math.floor(at / 1000));
  return { timestamp, sign: createHmac('sha256', `${timestamp}\n${signKey}`).digest('base64') };
}
