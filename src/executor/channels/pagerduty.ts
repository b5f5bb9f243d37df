/**
 * PagerDuty: an alert by the Events API, version 2. Attempts of one task in one run are one alert,
 * so that a message which is sent twice wakes nobody twice.
 */
import { createHash } from 'node:crypto';
import { fail, ok } from '../../base/result.ts';
import { type Channel, cutBytes } from './channel.ts';

const enqueue = 'https://events.pagerduty.com/v2/enqueue';
const summaryBytesMax = 1024;
const dedupCharactersMax = 255;

export const pagerduty: Channel = {
  post(message, { url = enqueue, routingKey }) {
    if (routingKey === undefined) return fail('it needs a routingKey');
    const { title, text, severity, details, source, instance } = message;
    const summary = cutBytes(title ?? text, summaryBytesMax);
    const payload = {
      summary,
      ...{ source: `skein/${source.namespace}/${source.dagId}`, severity },
      ...{ component: source.taskId, group: source.dagId, class: 'workflow' },
      timestamp: new Date(message.at).toISOString(),
      custom_details: { ...details, message: text, run: source.runId },
    };
    const event = { event_action: 'trigger', dedup_key: dedupKey(instance), payload };
    return ok({ url, body: { routing_key: routingKey, ...event } });
  },
  id: ({ dedup_key: key }) => (typeof key === 'string' ? key : undefined),
};

function dedupKey(instance: string): string {
  const key = `skein/${instance}`;
  if (key.length <= dedupCharactersMax) return key;
  return `skein/${createHash('sha256').update(instance).digest('hex')}`;
}
