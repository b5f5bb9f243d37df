/**
 * DingTalk: a custom robot of a group. With a `signKey` (additional signature) the address says
 * when it was made, in milliseconds, and HMAC-SHA256 of `TIMESTAMP\nKEY` with the key, in base64.
 */
import { createHmac } from 'node:crypto';
import { fail, ok } from '../../base/result.ts';
import { type Channel, codeRefused, cutBytes, plainText } from './channel.ts';

/** A message has at most 20,000 bytes, its JSON included. */
const textBytesMax = 16_000;

export const dingtalk: Channel = {
  post(message, { url, signKey }) {
    if (url === undefined || !URL.canParse(url)) return fail('it needs a url');
    const signed = new URL(url);
    if (signKey !== undefined) {
      const text = `${message.at}\n${signKey}`;
      signed.searchParams.set('timestamp', String(message.at));
      signed.searchParams.set('sign', createHmac('sha256', signKey).update(text).digest('base64'));
    }
    const content = cutBytes(plainText(message), textBytesMax);
    return ok({ url: signed.href, body: { msgtype: 'text', text: { content } } });
  },
  /** 130101: too many messages in a minute; -1: busy. */
  refused: (answer) => codeRefused(answer, { code: 'errcode', text: 'errmsg', busy: [130101, -1] }),
};
