/**
 * What each vendor documents, as a table. The signatures were made by another program than ours
 * (OpenSSL).
 */
import { describe, expect, it } from 'vitest';
import { wallMs } from '../../base/brand.ts';
import type { Json } from '../../model/json.ts';
import type { OpenSettings } from '../opened-settings.ts';
import { type Channel, cutBytes, type Message, type Post } from './channel.ts';
import { channels } from './channels.ts';

const source = {
  ...{ namespace: 'default', dagId: 'load', runId: 'run-1', taskId: 'tell' },
  ...{ mapIndex: 0, attempt: 2 },
};
const message: Message = {
  title: 'Load failed',
  text: 'No rows <!channel> & more',
  severity: 'critical',
  details: { rows: 0, table: 'orders' },
  source,
  instance: 'default/run-1/tell/0',
  key: 'default/run-1/tell/0/7',
  at: wallMs(1_599_360_473_123),
};
const bare: Message = { ...message, title: null, severity: 'info', details: {} };

const channelOf = (kind: string): Channel => channels.get(kind) as Channel;
function post(kind: string, settings: OpenSettings, of: Message = message): Post {
  const made = channelOf(kind).post(of, settings);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
const refused = (kind: string, answer: Json) => channelOf(kind).refused?.(answer as never);

describe('channels', () => {
  it('slack: text with its three letters escaped, by a webhook or by a bot', () => {
    const url = 'https://hooks.slack.com/services/T0/B0/x';
    const text =
      '*[CRITICAL] Load failed*\nNo rows &lt;!channel&gt; &amp; more\n• rows: 0\n• table: orders';
    expect(post('slack', { url })).toEqual({ url, body: { text } });
    expect(post('slack', { url }, bare).body).toEqual({
      text: 'No rows &lt;!channel&gt; &amp; more',
    });
    expect(post('slack', { token: 'xoxb', channel: '#ops' })).toEqual({
      url: 'https://slack.com/api/chat.postMessage',
      headers: { authorization: 'Bearer xoxb' },
      body: { channel: '#ops', text },
    });
    const refusal = { ok: false, error: 'channel_not_found' };
    expect(refused('slack', refusal)).toEqual({ reason: 'channel_not_found', retryable: false });
    expect(refused('slack', { ok: false, error: 'ratelimited' })?.retryable).toBe(true);
    expect(refused('slack', { ok: true, ts: '1.2' })).toBeUndefined();
    expect(channelOf('slack').id?.({ ok: true, ts: '1.2' })).toBe('1.2');
  });

  it('teams: an adaptive card in the envelope of Workflows', () => {
    const url = 'https://prod.logic.azure.com/workflows/x';
    expect(post('teams', { url })).toEqual({
      url,
      body: {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            contentUrl: null,
            content: {
              $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
              type: 'AdaptiveCard',
              version: '1.4',
              body: [
                {
                  ...{ type: 'TextBlock', text: '[CRITICAL] Load failed', wrap: true },
                  ...{ weight: 'Bolder', size: 'Medium', color: 'Attention' },
                },
                { type: 'TextBlock', text: 'No rows <!channel> & more', wrap: true },
                {
                  type: 'FactSet',
                  facts: [
                    { title: 'rows', value: '0' },
                    { title: 'table', value: 'orders' },
                  ],
                },
              ],
            },
          },
        ],
      },
    });
  });

  it('dingtalk: a text, and an address that is signed with its time', () => {
    const url = 'https://oapi.dingtalk.com/robot/send?access_token=abc';
    const content = '[CRITICAL] Load failed\nNo rows <!channel> & more\nrows: 0\ntable: orders';
    const body = { msgtype: 'text', text: { content } };
    expect(post('dingtalk', { url })).toEqual({ url, body });
    const sign = encodeURIComponent('0eVlIU0GooHVuIBX6FZ86JNxxfy4qwhOlP5JU2uHmq4=');
    expect(post('dingtalk', { url, signKey: 'this is secret' })).toEqual({
      url: `${url}&timestamp=1599360473123&sign=${sign}`,
      body,
    });
    expect(refused('dingtalk', { errcode: 0, errmsg: 'ok' })).toBeUndefined();
    expect(refused('dingtalk', { errcode: 310000, errmsg: 'sign not match' })).toEqual({
      ...{ reason: '310000: sign not match', retryable: false },
    });
    expect(refused('dingtalk', { errcode: 130101, errmsg: 'too fast' })?.retryable).toBe(true);
  });

  it('feishu: a post, in which nobody is mentioned, with a signature in the body', () => {
    const url = 'https://open.feishu.cn/open-apis/bot/v2/hook/x';
    const lines = ['No rows <!channel> & more', 'rows: 0', 'table: orders'];
    const content = lines.map((text) => [{ tag: 'text', text }]);
    const body = {
      msg_type: 'post',
      content: { post: { zh_cn: { title: '[CRITICAL] Load failed', content } } },
    };
    expect(post('feishu', { url })).toEqual({ url, body });
    expect(post('feishu', { url, signKey: 'this is secret' }).body).toEqual({
      ...{ timestamp: '1599360473', sign: '/eYKrXQBzTjUZJ3s6NX16VxGbTwmK7AEs8/FnvC1CSw=', ...body },
    });
    expect(refused('feishu', { code: 0, msg: 'success', StatusCode: 0 })).toBeUndefined();
    expect(refused('feishu', { code: 19021, msg: 'sign match fail' })).toEqual({
      ...{ reason: '19021: sign match fail', retryable: false },
    });
    expect(refused('feishu', { code: 11232, msg: 'too many' })?.retryable).toBe(true);
  });

  it('wecom: a text of at most 2048 bytes', () => {
    const url = 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x';
    expect(post('wecom', { url }, bare)).toEqual({
      url,
      body: { msgtype: 'text', text: { content: 'No rows <!channel> & more' } },
    });
    const { body } = post('wecom', { url }, { ...bare, text: '工'.repeat(3000) });
    const { content } = (body as { readonly text: { readonly content: string } }).text;
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(2048);
    expect(content).toMatch(/^工{681}\.\.\.$/);
    expect(refused('wecom', { errcode: 93000, errmsg: 'invalid webhook url' })).toEqual({
      ...{ reason: '93000: invalid webhook url', retryable: false },
    });
    expect(refused('wecom', { errcode: 45009, errmsg: 'freq' })?.retryable).toBe(true);
  });

  it('pagerduty: an event of version 2; attempts of one task are one alert', () => {
    const made = post('pagerduty', { routingKey: 'R0' });
    expect(made).toEqual({
      url: 'https://events.pagerduty.com/v2/enqueue',
      body: {
        routing_key: 'R0',
        event_action: 'trigger',
        dedup_key: 'skein/default/run-1/tell/0',
        payload: {
          ...{ summary: 'Load failed', source: 'skein/default/load', severity: 'critical' },
          ...{ component: 'tell', group: 'load', class: 'workflow' },
          timestamp: '2020-09-06T02:47:53.123Z',
          custom_details: {
            ...{ rows: 0, table: 'orders', run: 'run-1' },
            message: 'No rows <!channel> & more',
          },
        },
      },
    });
    const eu = 'https://events.eu.pagerduty.com/v2/enqueue';
    expect(post('pagerduty', { routingKey: 'R0', url: eu }).url).toBe(eu);
    const long = { ...message, instance: 'x'.repeat(300), title: 'y'.repeat(2000) };
    const { body } = post('pagerduty', { routingKey: 'R0' }, long);
    const event = body as unknown as { dedup_key: string; payload: { summary: string } };
    expect(event.dedup_key).toHaveLength(70);
    expect(event.payload.summary).toHaveLength(1024);
    expect(channelOf('pagerduty').id?.({ status: 'success', dedup_key: 'k' })).toBe('k');
  });

  it('webhook: JSON for anybody, signed over its time and its body', () => {
    const settings = { url: 'https://x.org/in', header: 'X-Key', token: 't', signKey: 'k' };
    const made = post('webhook', settings);
    const body = {
      ...{ title: 'Load failed', message: 'No rows <!channel> & more', severity: 'critical' },
      ...{ details: { rows: 0, table: 'orders' }, source, sentAt: '2020-09-06T02:47:53.123Z' },
    };
    expect(made).toEqual({
      ...{ url: 'https://x.org/in', method: 'POST', body },
      headers: {
        ...{ 'idempotency-key': 'default/run-1/tell/0/7', 'X-Key': 't' },
        ...{
          'x-skein-timestamp': '1599360473',
          'x-skein-signature':
            'sha256=ebd37a01304b5f225c3f44df0bdb4556228c1675de9af3a1d5fed2bd9defbbc4',
        },
      },
    });
    expect(post('webhook', { url: 'https://x.org', token: 't' }).headers).toMatchObject({
      authorization: 'Bearer t',
    });
  });

  it.each([...channels.keys()])('%s: says what its connection lacks', (kind) => {
    expect(channelOf(kind).post(message, {})).toMatchObject({ ok: false });
  });

  it('a text is cut between letters, and says so', () => {
    expect(cutBytes('abc', 3)).toBe('abc');
    expect(cutBytes('abcdefgh', 6)).toBe('abc...');
    expect(cutBytes('ab€€€€', 8)).toBe('ab€...');
    expect(cutBytes('ab€€€€', 7)).toBe('ab...');
  });
});
