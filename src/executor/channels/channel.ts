/**
 * Channels: one file for each kind. A channel turns a message into one request, as its vendor
 * documents it, and reads the answer. It sends nothing itself.
 *
 * Texts of messages come from anywhere (params, outputs, errors of tasks), so a channel takes them
 * as plain text, and escapes what its vendor would read as a mention or as a link, where it can.
 */
import type { WallMs } from '../../base/brand.ts';
import type { Result } from '../../base/result.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import type { Severity } from '../../model/message-action.ts';
import type { OpenSettings } from '../opened-settings.ts';

export interface Message {
  readonly title: string | null;
  readonly text: string;
  readonly severity: Severity;
  readonly details: Readonly<Record<string, Json>>;
  /** The task that sends it. */
  readonly source: {
    readonly namespace: string;
    readonly dagId: string;
    readonly runId: string;
    readonly taskId: string;
    readonly mapIndex: number;
    readonly attempt: number;
  };
  /** The same for all attempts of the task in its run. */
  readonly instance: string;
  /** Of this attempt alone. */
  readonly key: string;
  readonly at: WallMs;
}

export interface Post {
  readonly url: string;
  /** POST, unless said. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** Why a message was not taken, though the status says that it was. */
export interface Refused {
  readonly reason: string;
  /** Later it may be taken. */
  readonly retryable: boolean;
}

export interface Channel {
  /** The error is a sentence: what the connection lacks. */
  post(message: Message, settings: OpenSettings): Result<Post, string>;
  /** Vendors that answer 200 to everything say in the body what they mean. */
  refused?(answer: JsonObject): Refused | undefined;
  /** What the vendor calls the message. */
  id?(answer: JsonObject): string | undefined;
}

/** `[CRITICAL] Load failed`; undefined where there is neither a title nor anything bad. */
export function headline({ title, severity }: Pick<Message, 'title' | 'severity'>) {
  const mark = severity === 'info' ? '' : `[${severity.toUpperCase()}]`;
  const text = [mark, title ?? ''].filter((part) => part !== '').join(' ');
  return text === '' ? undefined : text;
}

export const detailText = (value: Json): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** All of it as lines. */
export function plainText(message: Message): string {
  const details = Object.entries(message.details).map(
    ([name, value]) => `${name}: ${detailText(value)}`,
  );
  const parts = [headline(message), message.text, details.join('\n')];
  return parts.filter((part) => part !== undefined && part !== '').join('\n');
}

/** At most so many bytes of UTF-8, with a mark where something is missing. */
export function cutBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  const kept = bytes.subarray(0, bytesMax - cutMark.length);
  // A letter that was cut in two becomes a replacement character, which is no part of the text.
  return kept.toString().replace(/\uFFFD+$/, '') + cutMark;
}

const cutMark = '...';

/** The code that a vendor answers with, by which name it goes there; 0 means that all is well. */
export function codeRefused(
  answer: JsonObject,
  names: { readonly code: string; readonly text: string; readonly busy: readonly number[] },
): Refused | undefined {
  const code = answer[names.code];
  if (typeof code !== 'number' || code === 0) return undefined;
  const text = answer[names.text];
  const reason = typeof text === 'string' ? `${code}: ${text}` : String(code);
  return { reason, retryable: names.busy.includes(code) };
}

export const objectIn = (value: Json | undefined): JsonObject =>
  value !== undefined && isJsonObject(value) ? value : {};
