/** The texts of messages, rendered. What they give is checked where they are sent. */
import { isJsonObject, type Json } from '../model/json.ts';
import type { EmailAction, NotifyAction } from '../model/message-action.ts';

/** What renders a text, or JSON with texts in it; `field` names it in a message. */
interface MessageTexts {
  one(field: string, template: string): string;
  list(field: string, templates: readonly string[]): readonly string[];
  value(field: string, value: Json): Json;
}

export function renderEmail(action: EmailAction, texts: MessageTexts): EmailAction {
  const { text, html, replyTo } = action;
  return {
    ...action,
    to: texts.list('to', action.to),
    cc: texts.list('cc', action.cc),
    bcc: texts.list('bcc', action.bcc),
    subject: texts.one('subject', action.subject),
    text: text === null ? null : texts.one('text', text),
    html: html === null ? null : texts.one('html', html),
    ...(replyTo !== undefined && { replyTo: texts.one('replyTo', replyTo) }),
  };
}

export function renderNotify(action: NotifyAction, texts: MessageTexts): NotifyAction {
  const { title } = action;
  const details = texts.value('details', action.details);
  return {
    ...action,
    title: title === null ? null : texts.one('title', title),
    message: texts.one('message', action.message),
    details: isJsonObject(details) ? details : {},
  };
}
