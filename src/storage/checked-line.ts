/**
 * A small file for people and for us: a line of JSON, and a line with the CRC32 of the first, so
 * that a changed or a shortened one is known. An editor can read it, and should not change it.
 */
import { crc32 } from 'node:zlib';

export function checkedLine(value: object): Uint8Array {
  const line = JSON.stringify(value);
  return Buffer.from(`${line}\ncrc32 ${checksum(line)}\n`);
}

/** What `checkedLine` was given, as JSON keeps it; undefined when the bytes are not its own. */
export function readCheckedLine<T extends object>(bytes: Uint8Array): T | undefined {
  const [line = '', seal, rest, ...more] = Buffer.from(bytes).toString('utf8').split('\n');
  if (seal !== `crc32 ${checksum(line)}` || rest !== '' || more.length > 0) return undefined;
  // The CRC says that these are our own words.
  const value: T = JSON.parse(line);
  return value;
}

const checksum = (line: string): string => crc32(line).toString(16).padStart(8, '0');
