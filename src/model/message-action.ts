/**
 * Messages to people: an email, or one message to the channel of a team. Where it goes, and with
 * which keys, stands in a connection. Texts may be templates; the leader renders them when it
 * assigns.
 */
import type { Json } from './json.ts';

export interface EmailAction {
  readonly kind: 'email';
  /** The name of a connection of kind smtp. */
  readonly connection: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  /** At least one of `text` and `html` is not null; with both, readers choose. */
  readonly text: string | null;
  readonly html: string | null;
  readonly replyTo?: string;
}

export const severities = ['info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof severities)[number];

export interface NotifyAction {
  readonly kind: 'notify';
  /** The name of a connection; its kind says which channel it is. */
  readonly connection: string;
  readonly title: string | null;
  readonly message: string;
  readonly severity: Severity;
  /** Facts that go with the message, by name. */
  readonly details: Readonly<Record<string, Json>>;
}

export const messageLimits = {
  /** Of one email: `to`, `cc` and `bcc` together. */
  recipients: 100,
  /** A header is a line of at most 998 characters (RFC 5322, 2.1.1). */
  subjectCharacters: 900,
  bodyCharacters: 256 * 1024,
  titleCharacters: 250,
  messageCharacters: 16 * 1024,
  details: 50,
} as const;

/** One address of an email, `ada@example.org` or `Ada Lovelace <ada@example.org>`, taken apart. */
export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/**
 * Stricter than RFC 5322: no quotes, no comments, no groups, no routes. What is let through is one
 * address, however a mail server reads it. Undefined: it is none.
 */
export function mailAddress(text: string): MailAddress | undefined {
  if (text.length > addressCharactersMax || hasControl(text)) return undefined;
  const [, name = '', angled, bare] =
    /^(?:([^<>"(),:;@\\[\]]*)<([^<>]+)>|([^<>]+))$/.exec(text) ?? [];
  const address = (angled ?? bare ?? '').trim();
  const [, local = '', domain = ''] = /^([^@]+)@([^@]+)$/.exec(address) ?? [];
  const isLocal = local.length <= 64 && localPart.test(local);
  const isDomain =
    domain.length <= 253 && domain.split('.').every((label) => domainLabel.test(label));
  return isLocal && isDomain ? { name: name.trim(), address } : undefined;
}

const addressCharactersMax = 512;
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const domainLabel = /^[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

/** A line end, or another character that has no business in a header. */
export const hasControl = (text: string): boolean => /[\p{Cc}\u2028\u2029]/u.test(text);
