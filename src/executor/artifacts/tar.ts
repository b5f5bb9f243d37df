/**
 * Folders as tar (POSIX.1-2001, pax): the same content gives the same bytes. Entries stand in the
 * order of their names, without times, owners and modes but for the x bit. What is unpacked stays
 * below its folder, whoever wrote the archive.
 *
 * Invariants:
 *   P1  An entry's path is made of plain names, and no part of it but the last is a link.
 *   P2  A link's target begins with as many `..` as its depth allows, and has none behind a name:
 *       with P1 it cannot lead out, whatever other links it passes.
 */
import {
  constants,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readlink,
  symlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stepsFlaw } from '../../model/artifact.ts';
import { storeLimits } from './limits.ts';
import { openInside, sortedNames } from './open-inside.ts';
import { checksumOf, headerOf, numberIn, paxOf, readPax, textIn } from './tar-header.ts';

const blockBytes = 512;
const executable = 0o111;

/** A folder that cannot be an artifact, or bytes that are no such archive; the message says why. */
export class TarFault extends Error {
  override readonly name = 'TarFault';
}

/** The archive of a folder, step by step. Throws `TarFault`, or what the file system says. */
export async function* packFolder(root: string): AsyncGenerator<Uint8Array> {
  const count = { entries: 0 };
  yield* packLevel(root, [], count);
  yield new Uint8Array(2 * blockBytes);
}

async function* packLevel(
  root: string,
  steps: readonly string[],
  count: { entries: number },
): AsyncGenerator<Uint8Array> {
  if (steps.length > storeLimits.depth) throw new TarFault(`is deeper than ${storeLimits.depth}`);
  const left = storeLimits.entries - count.entries;
  const names = await sortedNames(join(root, ...steps), left);
  if (names === undefined) throw new TarFault(`holds more than ${storeLimits.entries} files`);
  count.entries += names.length;
  for (const name of names) {
    const inner = [...steps, name];
    const path = inner.join('/');
    const flaw = stepsFlaw(inner);
    if (flaw !== undefined) throw new TarFault(`"${path}" ${flaw}`);
    const stats = await lstat(join(root, ...inner));
    if (stats.isDirectory()) {
      yield* header({ path: `${path}/`, type: '5', mode: 0o755 });
      yield* packLevel(root, inner, count);
    } else if (stats.isSymbolicLink()) {
      const target = await readlink(join(root, ...inner));
      if (!staysInside(inner, target)) throw new TarFault(`"${path}" is a link that leads out`);
      yield* header({ path, type: '2', mode: 0o777, target });
    } else if (stats.isFile()) yield* packFile(root, inner);
    else throw new TarFault(`"${path}" is neither a file nor a folder`);
  }
}

async function* packFile(root: string, steps: readonly string[]): AsyncGenerator<Uint8Array> {
  const path = steps.join('/');
  const file = await openInside(root, join(root, ...steps));
  if (file === undefined) throw new TarFault(`"${path}" has been replaced by something else`);
  try {
    const { size, mode } = await file.stat();
    yield* header({ path, type: '0', mode: mode & executable ? 0o755 : 0o644, size });
    let left = size;
    for await (const bytes of piecesOf(file)) {
      if (bytes.length > left) throw new TarFault(`"${path}" was written to while it was read`);
      left -= bytes.length;
      yield bytes;
    }
    if (left > 0) throw new TarFault(`"${path}" was cut while it was read`);
    yield new Uint8Array((blockBytes - (size % blockBytes)) % blockBytes);
  } finally {
    await file.close();
  }
}

interface Entry {
  readonly path: string;
  readonly type: '0' | '2' | '5';
  readonly mode: number;
  readonly size?: number;
  readonly target?: string;
}

/** What a plain header cannot hold stands in one of its own before it. */
function* header({ path, type, mode, size = 0, target = '' }: Entry): Generator<Uint8Array> {
  const pax = paxOf({ path, target, size });
  if (pax !== undefined) {
    yield headerOf({ path: 'pax', type: 'x', mode: 0o644, size: pax.length, target: '' });
    yield padded(pax);
  }
  yield headerOf({ path, type, mode, size, target });
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / blockBytes) * blockBytes);
  whole.set(bytes);
  return whole;
}

/** The bytes of an open file, from its begin; each piece is the caller's own. */
export async function* piecesOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const into = new Uint8Array(storeLimits.stepBytes);
    const { bytesRead } = await file.read(into, 0, into.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield into.subarray(0, bytesRead);
  }
}

/** P2. */
function staysInside(steps: readonly string[], target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.findIndex((part) => part !== '..');
  const rest = ups < 0 ? [] : parts.slice(ups);
  const climbs = ups < 0 ? parts.length : ups;
  return climbs < steps.length && !rest.includes('..');
}

/**
 * Unpacks an archive into a folder that is made, and whose files are new; reads to the end of what
 * it is given. Throws `TarFault` for what is no archive of ours, or tries to leave the folder.
 */
export async function unpackFolder(source: AsyncIterable<Uint8Array>, root: string): Promise<void> {
  const reader = new Blocks(source);
  try {
    await mkdir(root, { recursive: true });
    await unpackAll(reader, root);
    await reader.drain();
  } finally {
    await reader.close();
  }
}

async function unpackAll(reader: Blocks, root: string): Promise<void> {
  const links = new Set<string>();
  let said: ReturnType<typeof readPax> = {};
  for (let entries = 0; entries <= 2 * storeLimits.entries; entries++) {
    const block = await reader.take(blockBytes);
    if (block === undefined) throw new TarFault('the archive ends too early');
    if (block.every((byte) => byte === 0)) return;
    if (numberIn(block, 148, 8) !== checksumOf(block)) throw new TarFault('this is no archive');
    const type = String.fromCharCode(block[156] ?? 0);
    const size = said.size ?? numberIn(block, 124, 12);
    if (type === 'x') {
      if (size > paxBytesMax) throw new TarFault('the archive has a header that is too long');
      said = readPax((await reader.takePadded(size)) ?? new Uint8Array());
      continue;
    }
    const prefix = textIn(block, 345, 155);
    const short = textIn(block, 0, 100);
    const path = said.path ?? (prefix === '' ? short : `${prefix}/${short}`);
    const target = said.target ?? textIn(block, 157, 100);
    const mode = numberIn(block, 100, 8);
    said = {};
    await place(reader, { root, links, type, path, target, size, mode });
  }
  throw new TarFault('the archive has too many entries');
}

/** Two paths of the longest that Linux knows, and a little. */
const paxBytesMax = 64 * 1024;

interface Placing {
  readonly root: string;
  readonly links: Set<string>;
  readonly type: string;
  readonly path: string;
  readonly target: string;
  readonly size: number;
  readonly mode: number;
}

async function place(reader: Blocks, entry: Placing): Promise<void> {
  const { root, links, type, target, size } = entry;
  const path = entry.path.endsWith('/') ? entry.path.slice(0, -1) : entry.path;
  const steps = path.split('/');
  const flaw = stepsFlaw(steps);
  const through = steps.some((_, at) => links.has(steps.slice(0, at + 1).join('/')));
  // P1.
  if (flaw !== undefined || through) throw new TarFault(`"${path}" leads out of the folder`);
  const place = join(root, ...steps);
  await mkdir(type === '5' ? place : dirname(place), { recursive: true });
  if (type === '2') {
    if (!staysInside(steps, target)) throw new TarFault(`"${path}" is a link that leads out`);
    links.add(path);
    await symlink(target, place);
  } else if (type === '0' || type === '\0') {
    const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
    const mode = entry.mode & executable ? 0o755 : 0o644;
    const file = await open(place, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, mode);
    try {
      await reader.pipe(size, file);
    } finally {
      await file.close();
    }
  } else if (type !== '5') throw new TarFault(`"${path}" is of a kind that is not unpacked`);
}

/** Reads a stream of pieces of any size in blocks. */
class Blocks {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Undefined: the stream ends before. */
  async take(bytes: number): Promise<Uint8Array | undefined> {
    const whole = new Uint8Array(bytes);
    let filled = 0;
    while (filled < bytes) {
      const part = await this.#some(bytes - filled);
      if (part === undefined) return undefined;
      whole.set(part, filled);
      filled += part.length;
    }
    return whole;
  }

  async takePadded(bytes: number): Promise<Uint8Array | undefined> {
    const whole = await this.take(Math.ceil(bytes / blockBytes) * blockBytes);
    return whole?.subarray(0, bytes);
  }

  async pipe(bytes: number, into: FileHandle): Promise<void> {
    for (let left = bytes; left > 0; ) {
      const part = await this.#some(left);
      if (part === undefined) throw new TarFault('the archive ends too early');
      await into.writeFile(part);
      left -= part.length;
    }
    const padding = (blockBytes - (bytes % blockBytes)) % blockBytes;
    if (padding > 0) await this.take(padding);
  }

  /** Reads what is left, for those who look at all of it. */
  async drain(): Promise<void> {
    while ((await this.#source.next()).done !== true);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #some(bytesMax: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const part = this.#rest.subarray(0, bytesMax);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }
}
