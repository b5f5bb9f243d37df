/** What a task wrote to SKEIN_OUTPUT: checked once, here, so that everybody else may rely on it. */
import { fail, ok, type Result } from '../base/result.ts';
import { outputBytesMax } from '../model/output.ts';
import type { FilePart } from './files.ts';

/** Why there is no output: a sentence, and its class for `retryOn`. */
export interface OutputFlaw {
  readonly message: string;
  readonly errorClass: 'output_unreadable' | 'output_too_large' | 'output_invalid';
}

/** The JSON text of the output, or null if the task wrote none. */
export function checkOutput(
  read: Result<FilePart | undefined, string>,
  bytesMax: number = outputBytesMax,
): Result<string | null, OutputFlaw> {
  if (!read.ok) return flaw(`its output cannot be read: ${read.error}`, 'output_unreadable');
  if (read.value === undefined || read.value.sizeBytes === 0) return ok(null);
  const { bytes, sizeBytes } = read.value;
  if (sizeBytes > bytesMax) {
    const message = `its output is ${sizeBytes} bytes long; at most ${bytesMax} are allowed`;
    return flaw(message, 'output_too_large');
  }
  const json = jsonText(bytes);
  return json === undefined ? flaw('its output is not JSON', 'output_invalid') : ok(json);
}

const flaw = (message: string, errorClass: OutputFlaw['errorClass']): Result<never, OutputFlaw> =>
  fail({ message, errorClass });

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
