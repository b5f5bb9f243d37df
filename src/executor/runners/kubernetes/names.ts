/** Values of labels, as Kubernetes takes them: 63 of letters, digits, "-", "_" and ".". */
import { createHash } from 'node:crypto';

const valueCharactersMax = 63;
const hashCharacters = 12;

/** The text itself where it may stand; else what of it may, and a hash of all of it. */
export function labelValue(text: string): string {
  if (text.length <= valueCharactersMax && /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/.test(text)) {
    return text;
  }
  const hash = createHash('sha256').update(text).digest('hex').slice(0, hashCharacters);
  const words = text
    .replaceAll(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, valueCharactersMax - hashCharacters - 1);
  return words === '' ? hash : `${words}-${hash}`;
}

export const labelSelector = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${labelValue(value)}`)
    .join(',');
