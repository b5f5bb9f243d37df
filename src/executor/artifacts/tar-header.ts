/** Headers of tar archives: plain ones (ustar) and those for what is too long (pax). */

const blockBytes = 512;
/** What a plain header can say of a size: 11 digits to the base of 8. */
const plainSizeMax = 8 ** 11 - 1;
const encoder = new TextEncoder();

export interface TarHeader {
  readonly path: string;
  readonly type: '0' | '2' | '5' | 'x';
  readonly mode: number;
  readonly size: number;
  readonly target: string;
}

/** Names that are too long are cut: then `paxOf` has them. */
export function headerOf({ path, type, mode, size, target }: TarHeader): Uint8Array {
  const block = new Uint8Array(blockBytes);
  const put = (text: string, at: number, bytes: number): void => {
    block.set(encoder.encode(text).subarray(0, bytes), at);
  };
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  put(path, 0, 100);
  put(`${octal(mode, 7)}\0`, 100, 8);
  put(`${octal(0, 7)}\0`, 108, 8);
  put(`${octal(0, 7)}\0`, 116, 8);
  put(`${octal(Math.min(size, plainSizeMax), 11)}\0`, 124, 12);
  put(`${octal(0, 11)}\0`, 136, 12);
  put(type, 156, 1);
  put(target, 157, 100);
  put('ustar\u000000', 257, 8);
  put(`${octal(checksumOf(block), 6)}\0 `, 148, 8);
  return block;
}

/** The sum of the bytes, those of the sum itself counted as blanks. */
export function checksumOf(block: Uint8Array): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}

type Long = Pick<TarHeader, 'path' | 'target' | 'size'>;

/** The records of what a plain header cannot hold; undefined where it holds all. */
export function paxOf({ path, target, size }: Long): Uint8Array | undefined {
  const records = [
    encoder.encode(path).length > 100 ? record('path', path) : '',
    encoder.encode(target).length > 100 ? record('linkpath', target) : '',
    size > plainSizeMax ? record('size', String(size)) : '',
  ].join('');
  return records === '' ? undefined : encoder.encode(records);
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function record(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

export function readPax(bytes: Uint8Array): { path?: string; target?: string; size?: number } {
  const said: { path?: string; target?: string; size?: number } = {};
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    const length = Number(decoder.decode(bytes.subarray(at, Math.max(at, blank))));
    if (blank < 0 || !Number.isSafeInteger(length) || length <= blank - at) break;
    const text = decoder.decode(bytes.subarray(blank + 1, at + length - 1));
    const [key = '', value = ''] = [
      text.slice(0, text.indexOf('=')),
      text.slice(text.indexOf('=') + 1),
    ];
    if (key === 'path') said.path = value;
    else if (key === 'linkpath') said.target = value;
    else if (key === 'size') said.size = Number(value);
    at += length;
  }
  return said;
}

/** Digits to the base of 8; a size that is none is larger than any archive. */
export function numberIn(block: Uint8Array, at: number, bytes: number): number {
  const text = textIn(block, at, bytes).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : 0;
}

export function textIn(block: Uint8Array, at: number, bytes: number): string {
  const field = block.subarray(at, at + bytes);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}
