/** Tasks that tell people: their schema, and from the file to the model. */
import { z } from 'zod';
import {
  type EmailAction,
  hasControl,
  mailAddress,
  messageLimits as most,
  type NotifyAction,
  severities,
} from '../model/message-action.ts';
import { isTemplate } from '../model/template.ts';
import { bounded, describe, lineTemplate, paramValue } from './dag-file-kit.ts';
import { idText } from './schema-kit.ts';

/** Where values are not known yet, the executor looks at what they give. */
const address = lineTemplate.refine(
  (text) => isTemplate(text) || mailAddress(text) !== undefined,
  'write an address as ada@example.org or Ada Lovelace <ada@example.org>',
);
const addresses = z
  .union([address, z.array(address).min(1).max(most.recipients)])
  .transform((said) => [said].flat());

const line = (charactersMax: number) =>
  z
    .string()
    .min(1)
    .max(charactersMax)
    .refine((text) => !hasControl(text), 'this is one line');

const body = z.string().min(1).max(most.bodyCharacters);

export const email = {
  type: z.literal('email'),
  connection: idText('a connection').meta(
    describe('Of kind smtp; it need not be there when the DAG is applied.'),
  ),
  to: addresses.meta(describe('One address or several; each may be a template.')),
  cc: addresses.optional(),
  bcc: addresses.optional(),
  replyTo: address.optional(),
  subject: line(most.subjectCharacters),
  text: body.optional().meta(describe('The message as plain text.')),
  html: body.optional().meta(describe('The message as HTML; with `text`, readers choose.')),
};

export const notify = {
  type: z.literal('notify'),
  connection: idText('a connection').meta(
    describe('Of kind slack, teams, dingtalk, feishu, wecom, pagerduty or webhook.'),
  ),
  title: line(most.titleCharacters).optional(),
  message: z.string().min(1).max(most.messageCharacters),
  severity: z.enum(severities).optional().meta(describe('How bad it is (info).')),
  details: bounded(z.record(z.string().min(1).max(100), paramValue), most.details)
    .optional()
    .meta(describe('Facts that go with it, by name; texts may be templates.')),
};

type EmailTask = z.output<z.ZodObject<typeof email>>;
type NotifyTask = z.output<z.ZodObject<typeof notify>>;

export function checkEmail(
  { text, html, to, cc = [], bcc = [] }: Pick<EmailTask, 'text' | 'html' | 'to' | 'cc' | 'bcc'>,
  context: z.RefinementCtx,
): void {
  const refuse = (key: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  if (text === undefined && html === undefined) refuse('text', 'say `text`, `html` or both');
  if (to.length + cc.length + bcc.length > most.recipients) {
    refuse('to', `an email has at most ${most.recipients} recipients`);
  }
}

export const emailAction = (task: EmailTask): EmailAction => ({
  kind: 'email',
  connection: task.connection,
  to: task.to,
  cc: task.cc ?? [],
  bcc: task.bcc ?? [],
  subject: task.subject,
  text: task.text ?? null,
  html: task.html ?? null,
  ...(task.replyTo !== undefined && { replyTo: task.replyTo }),
});

export const notifyAction = (task: NotifyTask): NotifyAction => ({
  kind: 'notify',
  connection: task.connection,
  title: task.title ?? null,
  message: task.message,
  severity: task.severity ?? 'info',
  details: task.details ?? {},
});
