/**
 * A stream of an attempt as a file, whose middle may have been left out.
 *
 * Offsets are those of what the task wrote, always: what is left out is a hole in the file. Beside
 * the file stands its gap, `stdout.gap`: lines of "from to", of which the last one counts. A line
 * is added before the hole is made, and read after the bytes are. So nobody ever takes the zeros
 * of a hole for what a task wrote.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Files, ReadRange } from '../files.ts';
import { streamBytesMin } from './limits.ts';

/** What is left out: from the first offset up to the second. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface StreamPart {
  readonly bytes: Uint8Array;
  /** Of the whole stream, what is left out included. */
  readonly sizeBytes: number;
  /** With it `bytes` is empty, and the stream goes on at `to`. */
  readonly gap: Gap | undefined;
}

/** Of the last lines of the gap: two of the longest and a little. */
const gapTailBytes = 128;

export const gapPath = (stream: string): string => `${stream}.gap`;

export const gapLine = ({ from, to }: Gap): string => `${from} ${to}\n`;

/** Undefined: nothing is left out. */
export function readGap(
  files: Files,
  stream: string,
  done: (result: Result<Gap | undefined, string>) => void,
): void {
  const tail = { offset: -gapTailBytes, bytesMax: gapTailBytes };
  files.readPart(gapPath(stream), tail, (read) => {
    done(read.ok ? ok(read.value && parseGap(read.value.bytes)) : read);
  });
}

/** The last whole line; one that is being written does not count yet, and has no hole yet. */
function parseGap(tail: Uint8Array): Gap | undefined {
  const line = new TextDecoder().decode(tail).split('\n').at(-2) ?? '';
  const match = /^(\d+) (\d+)$/.exec(line);
  if (match === null) return undefined;
  return { from: Number(match[1]), to: Number(match[2]) };
}

/** Undefined: there is no such file. `range.offset` is not negative. */
export function readStream(
  files: Files,
  stream: string,
  range: ReadRange,
  done: (result: Result<StreamPart | undefined, string>) => void,
): void {
  files.readPart(stream, range, (read) => {
    if (!read.ok) return done(read);
    if (read.value === undefined) return done(ok(undefined));
    const { bytes, sizeBytes } = read.value;
    if (sizeBytes < streamBytesMin) return done(ok({ bytes, sizeBytes, gap: undefined }));
    readGap(files, stream, (gap) => {
      if (gap.ok) done(ok({ sizeBytes, ...without(gap.value, range.offset, bytes) }));
      else done(fail(gap.error));
    });
  });
}

/** Of the bytes at `offset`, those in front of the gap or behind it; inside it, the gap alone. */
function without(
  gap: Gap | undefined,
  offset: number,
  bytes: Uint8Array,
): Pick<StreamPart, 'bytes' | 'gap'> {
  if (gap === undefined || offset >= gap.to || offset + bytes.length <= gap.from) {
    return { bytes, gap: undefined };
  }
  if (offset < gap.from) return { bytes: bytes.subarray(0, gap.from - offset), gap: undefined };
  return { bytes: new Uint8Array(), gap };
}
