/**
 * JSON text, looked over before it is parsed: depth (200,000 brackets are a few kilobytes),
 * repeated keys (which `JSON.parse` drops silently) and reserved names. One pass over the
 * characters.
 */
import { fail, ok, type Result } from '../base/result.ts';
import {
  type Finding,
  isReservedKey,
  type Path,
  type Position,
  pathText,
  type ReadDocument,
  reservedKeyText,
  type TextLimits,
} from './source-document.ts';

/** Reads one JSON text. Never throws. */
export function readJson(text: string, limits: TextLimits): ReadDocument {
  if (text.length > limits.charactersMax) {
    const message = `it has ${text.length} characters, at most ${limits.charactersMax} are read`;
    return fail([{ code: 'TOO_LARGE', path: '', line: null, column: null, message }]);
  }
  const scan = scanJson(text, limits.depthMax, undefined);
  if (!scan.ok) return fail([scan.error]);
  try {
    const value: unknown = JSON.parse(text);
    return ok({ value, locate: (path) => locate(text, path, limits.depthMax) });
  } catch (error) {
    return fail([syntaxFinding(text, error instanceof Error ? error.message : String(error))]);
  }
}

/** What V8 says, with a line and a column made of the offset that it names. */
function syntaxFinding(text: string, why: string): Finding {
  const offset = /at position (\d+)/.exec(why)?.[1];
  const at = offset === undefined ? undefined : positionAt(text, Number(offset));
  const sentence = why.split(/ (?:in JSON )?at position/)[0] ?? why;
  return finding(at, '', `this is not JSON: ${sentence.slice(0, 200)}`);
}

const finding = (at: Position | undefined, path: string, message: string): Finding => ({
  code: 'BODY_INVALID',
  path,
  line: at?.line ?? null,
  column: at?.column ?? null,
  message,
});

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

function locate(text: string, path: Path, depthMax: number): Position | undefined {
  const scan = scanJson(text, depthMax, pathText(path));
  return scan.ok && scan.value !== undefined ? positionAt(text, scan.value) : undefined;
}

interface Frame {
  readonly keys: Set<string> | undefined;
  /** Where the next string is a key. */
  expectsKey: boolean;
  /** The key or the place of the value that is being read. */
  step: string | number;
}

/**
 * Walks over the text without building anything. With `wanted` it returns the offset of that path.
 * Text that is not JSON is walked over as well as may be: `JSON.parse` has the last word.
 */
function scanJson(
  text: string,
  depthMax: number,
  wanted: string | undefined,
): Result<number | undefined, Finding> {
  const frames: Frame[] = [];
  const here = (): string => pathText(frames.map(({ step }) => step));
  for (let at = 0; at < text.length; at++) {
    const frame = frames.at(-1);
    switch (text[at]) {
      case '{':
        frames.push({ keys: new Set(), expectsKey: true, step: '' });
        break;
      case '[':
        frames.push({ keys: undefined, expectsKey: false, step: 0 });
        if (wanted !== undefined && here() === wanted) return ok(at + 1);
        break;
      case '}':
      case ']':
        frames.pop();
        break;
      case ',':
        if (frame?.keys !== undefined) frame.expectsKey = true;
        else if (frame !== undefined && typeof frame.step === 'number') {
          frame.step++;
          if (wanted !== undefined && here() === wanted) return ok(skipSpace(text, at + 1));
        }
        break;
      case '"': {
        const end = stringEnd(text, at);
        if (frame?.keys !== undefined && frame.expectsKey) {
          frame.step = keyText(text.slice(at, end + 1));
          const fault = keyFault(frame.keys, frame.step);
          if (fault !== undefined) return fail(finding(positionAt(text, at), here(), fault));
          frame.keys.add(frame.step);
          frame.expectsKey = false;
          if (wanted !== undefined && here() === wanted) return ok(at);
        }
        at = end;
        break;
      }
      default:
    }
    if (frames.length > depthMax) {
      const message = `lists and objects are nested deeper than ${depthMax} levels`;
      return fail(finding(positionAt(text, at), '', message));
    }
  }
  return ok(undefined);
}

/** The offset of the closing quote, or of the last character when there is none. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (/\s/.test(text[at] ?? '')) at++;
  return at;
}

/** A key that is spelt with escapes is the same key. */
function keyText(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

function keyFault(keys: ReadonlySet<string>, key: string): string | undefined {
  if (isReservedKey(key)) return reservedKeyText(key);
  return keys.has(key) ? `"${key}" is defined twice` : undefined;
}
