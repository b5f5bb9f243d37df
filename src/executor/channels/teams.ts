/**
 * Microsoft Teams: a webhook of Workflows, which takes an adaptive card. (The older connectors of
 * Office 365 took the same envelope; they are being closed.)
 */
import { fail, ok } from '../../base/result.ts';
import type { Json } from '../../model/json.ts';
import type { Severity } from '../../model/message-action.ts';
import { type Channel, cutBytes, detailText, headline } from './channel.ts';

/** A message of Teams has at most 28 KB; this leaves room for title and details. */
const textBytesMax = 16_000;

const colors: Readonly<Record<Severity, string>> = {
  info: 'Default',
  warning: 'Warning',
  error: 'Attention',
  critical: 'Attention',
};

export const teams: Channel = {
  post(message, { url }) {
    if (url === undefined) return fail('it needs a url');
    const { text, severity } = message;
    const head = headline(message);
    const big = { weight: 'Bolder', size: 'Medium', color: colors[severity] };
    const facts = Object.entries(message.details).map(([title, value]) => ({
      title,
      value: cutBytes(detailText(value), 200),
    }));
    const content: Json = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      body: [
        ...(head === undefined ? [] : [{ type: 'TextBlock', text: head, wrap: true, ...big }]),
        { type: 'TextBlock', text: cutBytes(text, textBytesMax), wrap: true },
        ...(facts.length === 0 ? [] : [{ type: 'FactSet', facts }]),
      ],
    };
    const contentType = 'application/vnd.microsoft.card.adaptive';
    const attachments = [{ contentType, contentUrl: null, content }];
    return ok({ url, body: { type: 'message', attachments } });
  },
};
