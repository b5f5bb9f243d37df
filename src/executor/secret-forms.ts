/**
 * What a secret looks like in a text: as it is, and as programs write it when they put it into
 * JSON, an address or base64. Whoever wants a secret out gets it out in a way of their own; this
 * keeps those in that were never meant to be told.
 */
import { maskLimits } from './log-mask.ts';

/** Shorter texts stand in every log by chance. */
export const maskedLengthMin = 4;
/** Lines of a secret of several lines, such as a key, are hidden from this length on. */
const lineLengthMin = 8;

export const mask = '***';

/**
 * Longest first: one that holds another is hidden whole. Undefined: there are more than a mask can
 * look for.
 */
export function secretForms(secrets: readonly string[]): readonly string[] | undefined {
  const forms = new Set<string>();
  for (const secret of secrets) {
    for (const form of formsOf(secret)) {
      const isShort = form.length < maskedLengthMin;
      if (!isShort && Buffer.byteLength(form) <= maskLimits.secretBytes) forms.add(form);
    }
  }
  if (forms.size > maskLimits.secrets) return undefined;
  return [...forms].sort((left, right) => right.length - left.length);
}

function* formsOf(secret: string): Iterable<string> {
  if (secret.length < maskedLengthMin) return;
  yield secret;
  const json = JSON.stringify(secret).slice(1, -1);
  yield json;
  yield json.replaceAll(/[^ -~]/g, escaped);
  const bytes = Buffer.from(secret);
  yield encodeURIComponent(bytes.toString());
  yield bytes.toString('base64').replace(/=+$/, '');
  const lines = secret.split(/\r?\n/);
  if (lines.length > 1) yield* lines.filter((line) => line.length >= lineLengthMin);
}

/** As programs write JSON that keep to ASCII. */
const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The text without the forms, which are longest first. */
export function maskText(text: string, forms: readonly string[]): string {
  let masked = text;
  for (const form of forms) masked = masked.replaceAll(form, mask);
  return masked;
}

/**
 * The same for bytes of any encoding. They may begin in the middle of a form: its end there is
 * hidden too.
 */
export function maskBytes(bytes: Uint8Array, forms: readonly string[]): Uint8Array {
  // Latin-1 keeps every byte as it is, there and back.
  const raw = forms.map((form) => Buffer.from(form).toString('latin1'));
  const text = Buffer.from(bytes).toString('latin1');
  return Buffer.from(maskText(withoutCutForm(text, raw), raw), 'latin1');
}

function withoutCutForm(text: string, forms: readonly string[]): string {
  for (const form of forms) {
    for (let from = 1; form.length - from >= maskedLengthMin; from++) {
      if (text.startsWith(form.slice(from))) return mask + text.slice(form.length - from);
    }
  }
  return text;
}

/** Of bytes that were cut off behind: without the begin of a form that stood at their end. */
export function withoutCutEnd(bytes: Uint8Array, forms: readonly string[]): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  for (const form of forms) {
    const raw = Buffer.from(form).toString('latin1');
    for (let length = raw.length - 1; length >= maskedLengthMin; length--) {
      if (text.endsWith(raw.slice(0, length))) {
        return Buffer.from(text.slice(0, -length) + mask, 'latin1');
      }
    }
  }
  return bytes;
}
