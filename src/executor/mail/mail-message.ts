/**
 * The message that an email task sends. Its texts were put together from what others say, so all
 * that becomes a header or a recipient is looked at again here: what is not one line, or not one
 * address, is refused and never repaired.
 */
import { createHash } from 'node:crypto';
import type { WallMs } from '../../base/brand.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import {
  type EmailAction,
  hasControl,
  type MailAddress,
  mailAddress,
  messageLimits,
} from '../../model/message-action.ts';
import type { AttemptId, Dispatch } from '../../model/protocol.ts';
import { instanceKey } from '../attempt-key.ts';
import type { OpenSettings } from '../opened-settings.ts';

export interface MailMessage {
  readonly messageId: string;
  readonly from: MailAddress;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly replyTo: MailAddress | null;
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly date: Date;
}

/** The error is a sentence. */
export function mailMessage(
  { id, dagId }: Pick<Dispatch, 'id' | 'dagId'>,
  action: EmailAction,
  { settings, at }: { readonly settings: OpenSettings; readonly at: WallMs },
): Result<MailMessage, string> {
  const { subject, text, html } = action;
  const reader = new Reader();
  const from = reader.sender(settings);
  const [to, cc, bcc] = [action.to, action.cc, action.bcc].map((texts) => reader.all(texts));
  const replyTo = action.replyTo === undefined ? null : reader.one('replyTo', action.replyTo);
  const recipients = action.to.length + action.cc.length + action.bcc.length;
  if (recipients === 0) reader.flaw ??= 'it has no recipient';
  if (recipients > messageLimits.recipients) {
    reader.flaw ??= `it has ${recipients} recipients; at most ${messageLimits.recipients}`;
  }
  if (hasControl(subject)) reader.flaw ??= 'its subject is not one line';
  if (subject.length > messageLimits.subjectCharacters) reader.flaw ??= 'its subject is too long';
  if (reader.flaw !== undefined) return fail(reader.flaw);
  const headers = {
    // RFC 3834: so that nobody's absence answers a machine.
    'Auto-Submitted': 'auto-generated',
    'X-Skein-Dag': dagId,
    'X-Skein-Run': id.runId,
    'X-Skein-Task': `${id.taskId}/${id.mapIndex}`,
  };
  const messageId = messageIdOf(id, from.address);
  const people = { from, to: to ?? [], cc: cc ?? [], bcc: bcc ?? [], replyTo };
  return ok({ messageId, ...people, subject, text, html, headers, date: new Date(at) });
}

/**
 * The same whenever this attempt is sent, by whichever executor. Up to the second dot it is the
 * same for all attempts of the task in its run.
 */
export function messageIdOf(id: AttemptId, from: string): string {
  const instance = createHash('sha256').update(instanceKey(id)).digest('hex').slice(0, 32);
  return `<skein.${instance}.${id.token}@${from.split('@')[1]}>`;
}

const nobody: MailAddress = { name: '', address: '' };

/** Reads addresses, and keeps the first thing that is wrong. */
class Reader {
  flaw: string | undefined;

  all(texts: readonly string[]): readonly MailAddress[] {
    return texts.map((text) => this.one('a recipient', text));
  }

  one(what: string, text: string): MailAddress {
    const address = mailAddress(text);
    if (address === undefined) {
      this.flaw ??= `${what} is no address: ${JSON.stringify(text.slice(0, 100))}`;
    }
    return address ?? nobody;
  }

  /** Who signs in is who sends, unless the connection says otherwise. */
  sender({ from, user }: OpenSettings): MailAddress {
    const said = from ?? user;
    const address = said === undefined ? undefined : mailAddress(said);
    if (address === undefined) this.flaw ??= 'its connection needs `from`, the address that sends';
    return address ?? nobody;
  }
}
