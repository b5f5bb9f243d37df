/**
 * Error texts of attempts: a sentence, then the end of stderr where there is one. Bounded in bytes,
 * and always valid UTF-8, whatever the task wrote.
 */

/** At most this many bytes of UTF-8, sentence included. */
export const errorBytesMax = 4 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: false });

/** `sentence`, and below it as many of the last lines of `stderr` as fit. */
export function errorText(sentence: string, stderr: Uint8Array): string {
  const head = clipEnd(sentence, errorBytesMax);
  const room = errorBytesMax - encoder.encode(head).length - 1;
  const tail = clipStart(decoder.decode(stderr).trimEnd(), room);
  return tail === '' ? head : `${head}\n${tail}`;
}

/** The longest beginning of `text` that takes at most `bytesMax` bytes. */
export function clipEnd(text: string, bytesMax: number): string {
  const bytes = encoder.encode(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return decoder.decode(bytes.subarray(0, end));
}

/** The longest end of `text` that takes at most `bytesMax` bytes; it begins with a whole line. */
export function clipStart(text: string, bytesMax: number): string {
  if (bytesMax <= 0) return '';
  const bytes = encoder.encode(text);
  if (bytes.length <= bytesMax) return text;
  let start = bytes.length - bytesMax;
  while (start < bytes.length && isContinuation(bytes[start])) start += 1;
  const clipped = decoder.decode(bytes.subarray(start));
  const lineEnd = clipped.indexOf('\n');
  const cutWithinLine = bytes[start - 1] !== newline;
  // A single line longer than the room keeps its end: half a line says more than none.
  return cutWithinLine && lineEnd !== -1 ? clipped.slice(lineEnd + 1) : clipped;
}

const newline = 0x0a;

/** Whether the byte continues a character (10xxxxxx), so that none may be cut before it. */
const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0xc0) === 0x80;
