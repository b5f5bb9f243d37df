/** What a task wrote to SKEIN_OUTPUT: checked once, here, so that everybody else may rely on it. */
import { fail, ok, type Result } from '../base/result.ts';
import { outputBytesMax } from '../model/output.ts';
import type { FilePart } from './files.ts';

/** The JSON text of the output, or null if the task wrote none. The error is a sentence. */
export function checkOutput(
  read: Result<FilePart | undefined, string>,
): Result<string | null, string> {
  if (!read.ok) return fail(`its output cannot be read: ${read.error}`);
  if (read.value === undefined || read.value.sizeBytes === 0) return ok(null);
  const { bytes, sizeBytes } = read.value;
  if (sizeBytes > outputBytesMax) {
    return fail(`its output is ${sizeBytes} bytes long; at most ${outputBytesMax} are allowed`);
  }
  const json = jsonText(bytes);
  return json === undefined ? fail('its output is not JSON') : ok(json);
}

/** The bytes as text, if they are JSON; undefined otherwise. */
export function jsonText(bytes: Uint8Array): string | undefined {
  try {
    const text = strictDecoder.decode(bytes).trim();
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true });
