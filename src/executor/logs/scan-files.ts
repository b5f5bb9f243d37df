/**
 * Scans the files of streams, in a thread of its own: everything here waits for the disk. What the
 * thread is given and what it answers is plain data.
 */
import { closeSync, readSync } from 'node:fs';
import type { LogQuery } from '../../model/protocol.ts';
import { openRegularSync } from '../regular-file.ts';
import { type FoundLine, LineScan, lineTest } from './line-scan.ts';
import type { Gap } from './stream-file.ts';

export interface ScanJob {
  readonly files: readonly { readonly path: string; readonly gap: Gap | null }[];
  readonly query: LogQuery;
  /** Lines that are found in all files together. */
  readonly limit: number;
  readonly bytesMax: number;
}

export interface ScanResult {
  /** For each file, as far as it came. */
  readonly found: readonly (readonly FoundLine[])[];
  readonly isCut: boolean;
}

const pieceBytes = 1024 * 1024;

export function scanFiles(job: ScanJob): ScanResult {
  const test = lineTest(job.query);
  // Whoever asked has checked it.
  if (!test.ok) return { found: [], isCut: true };
  const found: (readonly FoundLine[])[] = [];
  let bytesLeft = job.bytesMax;
  let linesLeft = job.limit;
  for (const { path, gap } of job.files) {
    if (bytesLeft <= 0 || linesLeft <= 0) return { found, isCut: true };
    const { context } = job.query;
    const scan = new LineScan({ test: test.value, context, limit: linesLeft });
    bytesLeft -= scanFile(scan, { path, gap, bytesMax: bytesLeft });
    found.push(scan.found);
    linesLeft -= scan.found.length;
  }
  return { found, isCut: bytesLeft <= 0 || linesLeft <= 0 };
}

/** Returns how much was read. */
function scanFile(
  scan: LineScan,
  file: { readonly path: string; readonly gap: Gap | null; readonly bytesMax: number },
): number {
  const { path, gap, bytesMax } = file;
  const descriptor = opened(path);
  if (descriptor === undefined) return 0;
  const buffer = Buffer.allocUnsafe(pieceBytes);
  let at = 0;
  let done = 0;
  try {
    while (done < bytesMax && !scan.isFull) {
      if (gap !== null && at >= gap.from && at < gap.to) {
        at = gap.to;
        scan.skipTo(at);
      }
      const most = gap !== null && at < gap.from ? gap.from - at : pieceBytes;
      const count = readSync(descriptor, buffer, 0, Math.min(most, pieceBytes), at);
      if (count === 0) break;
      // A copy: what was found around a line keeps its bytes.
      scan.push(Buffer.from(buffer.subarray(0, count)));
      at += count;
      done += count;
    }
    scan.end();
  } finally {
    closeSync(descriptor);
  }
  return done;
}

/** Undefined: retention was faster, or a task has put something else in its place. */
function opened(path: string): number | undefined {
  try {
    return openRegularSync(path).descriptor;
  } catch {
    return undefined;
  }
}
