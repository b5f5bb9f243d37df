/**
 * Sends one email. It has succeeded when the mail server has taken it for at least one recipient:
 * those that it refused stand in the output, because another attempt would reach the others twice.
 */
import { assert } from '../../base/assert.ts';
import { AddressPolicy, openPolicy } from '../../model/http-policy.ts';
import type { EmailAction } from '../../model/message-action.ts';
import { mailFailure } from '../mail/mail-failure.ts';
import { type MailMessage, mailMessage } from '../mail/mail-message.ts';
import { openSettings } from '../opened-settings.ts';
import { failedWith, type Runner, succeeded, type Work } from '../runner.ts';
import { maskText, secretForms } from '../secret-forms.ts';
import { type Conversation, ConversationJob, notBegun, type Told } from './conversation-job.ts';
import type { HttpTools } from './http.ts';
import { type Resolve, systemResolve } from './http-connector.ts';

export interface EmailTools extends HttpTools {
  /** A mail server that says nothing for so long is gone. */
  readonly mailSilenceMs?: number;
}

/** What all emails of a node share. */
interface EmailNode extends EmailTools {
  readonly policy: AddressPolicy;
  readonly resolve: Resolve;
}

export function emailRunner(tools: EmailTools, resolve: Resolve = systemResolve): Runner {
  const policy = new AddressPolicy(tools.httpPolicy ?? openPolicy);
  const node = { ...tools, policy, resolve };
  return {
    start(dispatch, observe) {
      const { action } = dispatch;
      assert(action.kind === 'email', 'the registry gives each runner its own kind');
      const begin = (tell: Tell) => email({ work: dispatch, action, node }, tell);
      return new ConversationJob({ tools, dispatch, begin, observe });
    },
  };
}

type Tell = (told: Told) => void;

interface Asked {
  readonly work: Work;
  readonly action: EmailAction;
  readonly node: EmailNode;
}

function email({ work, action, node }: Asked, tell: Tell): Conversation {
  const { connection } = action;
  const settings = openSettings(work, connection);
  const message =
    settings.kind === 'smtp'
      ? mailMessage(work, action, { settings, at: node.clock.wallMs() })
      : ({ ok: false, error: `it is of kind ${settings.kind ?? 'none'}, not smtp` } as const);
  const forms = [...(work.opened?.secrets ?? []), ...signInForms(settings)];
  const failed = (reason: string, how: { retryable: boolean; errorClass: string }): Told => {
    const error = maskText(`email by "${connection}": ${reason}`, forms);
    return { log: `${error}\n`, result: failedWith(error, how) };
  };
  if (!message.ok) {
    const how = { retryable: false, errorClass: 'request_invalid' };
    return notBegun(node.clock, failed(message.error, how), tell);
  }
  const controller = new AbortController();
  send(message.value, settings, { node, signal: controller.signal }).then(
    (sent) => tell(sentTold(message.value, sent, forms)),
    (error: unknown) => {
      const { reason, ...how } = mailFailure(error);
      tell(failed(controller.signal.aborted ? 'it was stopped' : reason, how));
    },
  );
  return { abort: () => controller.abort() };
}

/** `AUTH PLAIN` and `AUTH LOGIN` say the password in base64, and a server may repeat it. */
function signInForms({ user = '', password }: Readonly<Record<string, string>>): readonly string[] {
  if (password === undefined) return [];
  const plain = Buffer.from(`\0${user}\0${password}`).toString('base64');
  return secretForms([plain]) ?? [];
}

interface Sent {
  readonly accepted: readonly string[];
  readonly rejected: readonly { readonly address: string; readonly response: string }[];
  readonly response: string;
}

async function send(
  message: MailMessage,
  settings: Readonly<Record<string, string>>,
  { node, signal }: { readonly node: EmailNode; readonly signal: AbortSignal },
): Promise<Sent> {
  // Most executors never send one.
  const { smtpTransport } = await import('../mail/smtp.ts');
  const { policy, resolve, mailSilenceMs: silenceMs } = node;
  const way = { policy, resolve, signal, ...(silenceMs !== undefined && { silenceMs }) };
  const transport = smtpTransport(settings, way);
  const { to, cc, bcc, replyTo, text, html, headers, ...rest } = message;
  const info = await transport.sendMail({
    ...rest,
    ...{ to: [...to], cc: [...cc], bcc: [...bcc], headers: { ...headers }, signal },
    ...(replyTo !== null && { replyTo }),
    ...(text !== null && { text }),
    ...(html !== null && { html }),
  });
  const errors = info.rejectedErrors ?? [];
  return {
    accepted: info.accepted.map(addressOf),
    rejected: info.rejected.map((address, at) => ({
      address: addressOf(address),
      response: (errors[at]?.response ?? '').slice(0, responseCharactersMax),
    })),
    response: info.response.slice(0, responseCharactersMax),
  };
}

const addressOf = (said: string | { readonly address: string }): string =>
  typeof said === 'string' ? said : said.address;

/** Of what a server says: so a hundred of them fit into an output. */
const responseCharactersMax = 200;

function sentTold({ messageId }: MailMessage, sent: Sent, forms: readonly string[]): Told {
  const { accepted, rejected, response } = sent;
  const refusals = rejected.map(({ address, response: why }) => `refused  ${address}  ${why}\n`);
  const told = accepted.map((address) => `accepted ${address}\n`);
  const log = `sent ${messageId}\n${response}\n${told.join('')}`;
  const output = JSON.stringify({ messageId, accepted, rejected, response });
  return {
    log: maskText(`${log}${refusals.join('')}`, forms),
    result: succeeded(maskText(output, forms)),
  };
}
