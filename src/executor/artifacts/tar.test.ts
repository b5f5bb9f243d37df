import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packFolder, unpackFolder } from './tar.ts';
import { headerOf, type TarHeader } from './tar-header.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skein-tar-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content: string | Uint8Array): void {
  const place = join(folder, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
}

async function pack(path: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of packFolder(join(folder, path))) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** In pieces of a size that fits nothing. */
async function* inPieces(bytes: Uint8Array, size = 777): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const unpack = (bytes: Uint8Array, to: string): Promise<void> =>
  unpackFolder(inPieces(bytes), join(folder, to));

test('tar: a folder comes out as it went in', async () => {
  const long = `${'d'.repeat(120)}/${'e'.repeat(120)}/größe.txt`;
  write(
    'in/b/data.bin',
    new Uint8Array(100_001).map((_, at) => at % 251),
  );
  write('in/a.txt', 'hello');
  write(`in/${long}`, 'long');
  write('in/empty', '');
  mkdirSync(join(folder, 'in/none'));
  symlinkSync('../a.txt', join(folder, 'in/b/link'));
  write('in/run.sh', '#!/bin/sh\n');
  chmodSync(join(folder, 'in/run.sh'), 0o700);
  await unpack(await pack('in'), 'out');
  const content = (path: string) => readFileSync(join(folder, 'out', path));
  expect(content('b/data.bin').equals(readFileSync(join(folder, 'in/b/data.bin')))).toBe(true);
  expect(content(long).toString()).toBe('long');
  expect(content('empty')).toHaveLength(0);
  expect(statSync(join(folder, 'out/none')).isDirectory()).toBe(true);
  expect(readlinkSync(join(folder, 'out/b/link'))).toBe('../a.txt');
  expect(content('b/link').toString()).toBe('hello');
  expect(statSync(join(folder, 'out/run.sh')).mode & 0o111).not.toBe(0);
  expect(statSync(join(folder, 'out/a.txt')).mode & 0o111).toBe(0);
});

test('tar: the same content gives the same bytes, however it was written', async () => {
  for (const name of ['x', 'y', 'z']) write(`one/${name}`, name);
  for (const name of ['z', 'x', 'y']) write(`two/${name}`, name);
  utimesSync(join(folder, 'two/x'), 1, 1);
  expect(await pack('one')).toEqual(await pack('two'));
});

test('tar: other programs read it', async () => {
  write(`in/${'n'.repeat(150)}/a`, 'text');
  writeFileSync(join(folder, 'a.tar'), await pack('in'));
  mkdirSync(join(folder, 'out'));
  execFileSync('tar', ['-xf', join(folder, 'a.tar'), '-C', join(folder, 'out')]);
  expect(readFileSync(join(folder, `out/${'n'.repeat(150)}/a`), 'utf8')).toBe('text');
});

test.each([['/etc/passwd'], ['../../secret'], ['a/../../../secret']])(
  'tar: a folder with a link to %s is refused',
  async (target) => {
    write('in/a/file', '');
    symlinkSync(target, join(folder, 'in/a/out'));
    await expect(pack('in')).rejects.toThrow(/"a\/out" is a link that leads out/);
  },
);

test('tar: what is neither a file nor a folder is refused', async () => {
  write('in/a', '');
  execFileSync('mkfifo', [join(folder, 'in/pipe')]);
  await expect(pack('in')).rejects.toThrow('"pipe" is neither a file nor a folder');
});

/** An archive that somebody else wrote. */
function archive(...entries: readonly (Partial<TarHeader> & { readonly content?: string })[]) {
  const blocks = entries.map(({ content = '', ...entry }) => {
    const bytes = new TextEncoder().encode(content);
    const plain = { path: 'a', type: '0', mode: 0o644, size: bytes.length, target: '' } as const;
    const padding = new Uint8Array((512 - (bytes.length % 512)) % 512);
    return Buffer.concat([headerOf({ ...plain, ...entry }), bytes, padding]);
  });
  return Buffer.concat([...blocks, new Uint8Array(1024)]);
}

test.each([
  ['a path upwards', archive({ path: '../evil', content: 'x' })],
  ['an absolute path', archive({ path: '/tmp/skein-evil', content: 'x' })],
  ['a link upwards', archive({ path: 'l', type: '2', target: '..' })],
  ['a link to a path', archive({ path: 'l', type: '2', target: '/etc' })],
  [
    'a file behind a link',
    archive({ path: 'd/l', type: '2', target: '..' }, { path: 'd/l/evil', content: 'x' }),
  ],
  [
    'a link behind a link',
    archive({ path: 'd/l', type: '2', target: '..' }, { path: 'd/l/m', type: '2', target: '..' }),
  ],
  ['a way back down and up', archive({ path: 'l', type: '2', target: 'd/../..' })],
])('tar: %s does not leave the folder', async (_, bytes) => {
  await expect(unpack(bytes, 'deep/out')).rejects.toThrow(/leads out/);
  expect(existsSync(join(folder, 'deep/evil'))).toBe(false);
  expect(existsSync('/tmp/skein-evil')).toBe(false);
});

test('tar: an archive that is cut, or is none, is refused', async () => {
  write('in/a', 'x'.repeat(5000));
  const whole = await pack('in');
  await expect(unpack(whole.subarray(0, 3000), 'out')).rejects.toThrow('ends too early');
  await expect(unpack(new Uint8Array(2048).fill(65), 'other')).rejects.toThrow('no archive');
});
