/**
 * JSON text, looked over before it is parsed: depth (200,000 brackets are a few kilobytes), the
 * number of values (what the checks take their time for), repeated keys (which `JSON.parse` drops
 * silently) and reserved names. One pass over the characters.
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
  twiceText,
} from './source-document.ts';

/** Reads one JSON text. Never throws. */
export function readJson(text: string, limits: TextLimits): ReadDocument {
  if (text.length > limits.charactersMax) {
    const message = `it has ${text.length} characters, at most ${limits.charactersMax} are read`;
    return fail([tooLarge(undefined, '', message)]);
  }
  const scan = scanJson(text, limits, noPaths);
  if (!scan.ok) return fail([scan.error]);
  try {
    const value: unknown = JSON.parse(text);
    return ok({ value, locate: (paths) => locate(text, paths, limits) });
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

const tooLarge = (at: Position | undefined, path: string, message: string): Finding => ({
  ...finding(at, path, message),
  code: 'TOO_LARGE',
});

const positionAt = (text: string, offset: number): Position | undefined =>
  positionsAt(text, [offset])[0];

/** Where offsets stand that come in their order: lines are counted once for all of them. */
function positionsAt(text: string, offsets: readonly number[]): readonly Position[] {
  let line = 1;
  let lineStart = 0;
  return offsets.map((offset) => {
    let lineEnd = text.indexOf('\n', lineStart);
    while (lineEnd >= 0 && lineEnd < offset) {
      line++;
      lineStart = lineEnd + 1;
      lineEnd = text.indexOf('\n', lineStart);
    }
    return { line, column: offset - lineStart + 1 };
  });
}

function locate(
  text: string,
  paths: readonly Path[],
  limits: TextLimits,
): readonly (Position | undefined)[] {
  const wanted = paths.map(pathText);
  const scan = scanJson(text, limits, new Set(wanted));
  if (!scan.ok) return paths.map(() => undefined);
  const offsets = [...scan.value.values()].map((offset) => skipSpace(text, offset));
  const positions = positionsAt(text, offsets);
  const byPath = new Map([...scan.value.keys()].map((path, at) => [path, positions[at]]));
  return wanted.map((path) => byPath.get(path));
}

interface Frame {
  readonly keys: Set<string> | undefined;
  entries: number;
  /** Where the next string is a key. */
  expectsKey: boolean;
  /** The key or the place of the value that is being read. */
  step: string | number;
}

/** Offsets by path, in the order of the text. */
type Offsets = ReadonlyMap<string, number>;
const noPaths: ReadonlySet<string> = new Set();

/**
 * Walks over the text without building anything, and returns the offsets of the wanted paths. Text
 * that is not JSON is walked over as well as may be: `JSON.parse` has the last word.
 */
function scanJson(
  text: string,
  limits: TextLimits,
  wanted: ReadonlySet<string>,
): Result<Offsets, Finding> {
  const frames: Frame[] = [];
  const found = new Map<string, number>();
  const meet = (offset: number): void => {
    if (wanted.size === 0) return;
    const path = placeOf(frames);
    if (wanted.has(path) && !found.has(path)) found.set(path, offset);
  };
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const frame = frames.at(-1);
    switch (text[at]) {
      case '{':
        frames.push({ keys: new Set(), entries: 1, expectsKey: true, step: '' });
        values++;
        break;
      case '[':
        frames.push({ keys: undefined, entries: 1, expectsKey: false, step: 0 });
        values++;
        meet(at + 1);
        break;
      case '}':
      case ']':
        frames.pop();
        break;
      case ',':
        if (frame === undefined) break;
        values++;
        frame.entries++;
        if (frame.keys !== undefined) frame.expectsKey = true;
        else if (typeof frame.step === 'number') {
          frame.step++;
          meet(at + 1);
        }
        break;
      case '"': {
        const end = stringEnd(text, at);
        if (frame?.keys !== undefined && frame.expectsKey) {
          frame.step = keyText(text.slice(at, end + 1));
          const fault = keyFault(frame.keys, frame.step);
          if (fault !== undefined)
            return fail(finding(positionAt(text, at), placeOf(frames), fault));
          frame.keys.add(frame.step);
          frame.expectsKey = false;
          meet(at);
        }
        at = end;
        break;
      }
      default:
    }
    const over = excess(frames, values, limits);
    if (over !== undefined) return fail({ ...over, ...positionAt(text, at) });
    if (wanted.size > 0 && found.size === wanted.size) break;
  }
  return ok(found);
}

const placeOf = (frames: readonly Frame[]): string => pathText(frames.map(({ step }) => step));

/** What is too much of what has been read so far. A value is begun by a bracket or by a comma. */
function excess(frames: readonly Frame[], values: number, limits: TextLimits): Finding | undefined {
  if (frames.length > limits.depthMax) {
    const message = `lists and objects are nested deeper than ${limits.depthMax} levels`;
    return finding(undefined, '', message);
  }
  if ((frames.at(-1)?.entries ?? 0) > limits.entriesMax) {
    const message = `a list or an object has more than ${limits.entriesMax} entries`;
    return tooLarge(undefined, placeOf(frames.slice(0, -1)), message);
  }
  if (values <= limits.valuesMax) return undefined;
  return tooLarge(undefined, '', `it has more than ${limits.valuesMax} values`);
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
  return keys.has(key) ? twiceText(key) : undefined;
}
