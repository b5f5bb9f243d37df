/** WeCom (WeChat Work): a robot of a group. Plain text, so that nobody is mentioned by it. */
import { fail, ok } from '../../base/result.ts';
import { type Channel, codeRefused, cutBytes, plainText } from './channel.ts';

/** Of one text; WeCom refuses longer ones. */
const textBytesMax = 2048;

export const wecom: Channel = {
  post(message, { url }) {
    if (url === undefined) return fail('it needs a url');
    const content = cutBytes(plainText(message), textBytesMax);
    return ok({ url, body: { msgtype: 'text', text: { content } } });
  },
  /** 45009: too many messages; -1: busy. */
  refused: (answer) => codeRefused(answer, { code: 'errcode', text: 'errmsg', busy: [45009, -1] }),
};
