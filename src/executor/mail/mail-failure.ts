/**
 * Why an email was not sent, and whether another attempt may do better. A mail server says it
 * itself: 4xx is for now, 5xx is for ever (RFC 5321, 4.2.1).
 */
import { BlockedError } from '../runners/http-connector.ts';

export interface MailFailure {
  readonly reason: string;
  readonly retryable: boolean;
  /** For `retryOn`: `smtp_550`, or a word. */
  readonly errorClass: string;
}

export function mailFailure(error: unknown): MailFailure {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof BlockedError) {
    return { reason, retryable: false, errorClass: 'address_blocked' };
  }
  const kind = fieldOf(error, 'code');
  if (kind === 'ETLS') return { reason, retryable: false, errorClass: 'tls' };
  const code = fieldOf(error, 'responseCode');
  if (typeof code === 'number' && code >= 400) {
    return { reason, retryable: code < 500, errorClass: `smtp_${code}` };
  }
  // Without an answer of the server it is nodemailer itself that does not like them.
  const isOurs = kind === 'EENVELOPE' || kind === 'EMESSAGE' || kind === 'EAUTH';
  if (isOurs) return { reason, retryable: false, errorClass: 'request_invalid' };
  return { reason, retryable: true, errorClass: 'connection' };
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
