/**
 * The bytes of an artifact, from a response to where a person wants them: checked by their digest,
 * and in their place only when they are whole.
 */
import { createHash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/result.ts';
import { unpackFolder } from '../executor/artifacts/tar.ts';
import { usage } from './command.ts';
import { exitCodes, type Failure } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** `dest`: a file or a folder, or `-`. The value is the path that was written, null for `-`. */
export async function download(
  terminal: Pick<Terminal, 'outBytes'>,
  response: Response,
  { name, dest }: { readonly name: string; readonly dest: string },
): Promise<Result<string | null, Failure>> {
  const expected = /^"([0-9a-f]{64})"$/.exec(response.headers.get('etag') ?? '')?.[1];
  const source = checked(response.body ?? [], expected);
  if (dest === '-') {
    try {
      for await (const piece of source) await terminal.outBytes(piece);
      return ok(null);
    } catch (error) {
      return fail(brokeOff(error));
    }
  }
  const isFolder = response.headers.get('x-skein-artifact') === 'folder';
  const found = await stat(dest).catch(() => undefined);
  const place = found?.isDirectory() === true || dest.endsWith('/') ? join(dest, name) : dest;
  if (isFolder && (await stat(place).catch(() => undefined)) !== undefined) {
    await response.body?.cancel();
    return usage(`${place} is there already`, 'Name a folder that is not: it is made.');
  }
  const part = `${place}.part-${process.pid}`;
  try {
    if (isFolder) await unpackFolder(source, part);
    else await writeAll(source, part);
    await rename(part, place);
    return ok(place);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    await response.body?.cancel().catch(() => {});
    return fail(isOfDisk(error) ? notWritten(place, error) : brokeOff(error));
  }
}

/** Errors of files name the call that failed; those of a response come as its own. */
const isOfDisk = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;

const notWritten = (place: string, error: Error): Failure => ({
  exitCode: exitCodes.failure,
  code: 'NOT_WRITTEN',
  detail: `${place} cannot be written: ${error.message}`,
  next: 'Name a folder that is there, on a disk with room, where you may write.',
});

/** Breaks off before its last piece where the whole is not what was promised. */
async function* checked(
  source: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  expected: string | undefined,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let last: Uint8Array | undefined;
  for await (const piece of source) {
    if (last !== undefined) yield last;
    hash.update(piece);
    last = piece;
  }
  if (hash.digest('hex') !== expected) throw new Error('the bytes are not those of its digest');
  if (last !== undefined) yield last;
}

async function writeAll(source: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for await (const piece of source) await file.writeFile(piece);
  } finally {
    await file.close();
  }
}

const brokeOff = (error: unknown): Failure => ({
  exitCode: exitCodes.unavailable,
  code: 'NOT_COPIED',
  detail: `the artifact was not copied: ${error instanceof Error ? error.message : String(error)}`,
  next: 'Repeat the command; it begins anew.',
});
