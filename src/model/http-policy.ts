/**
 * Which addresses an HTTP task may connect to. What is judged is the address that a socket goes to,
 * after names are resolved, never a text of the task.
 *
 * Blocked unless a node allows it: link-local addresses and those where clouds keep the credentials
 * of machines. Loopback and private networks are open, because workflows call neighbours; a node
 * may deny them.
 */
import { fail, ok, type Result } from '../base/result.ts';

/** Ranges as CIDR (`10.0.0.0/8`, one address) or as words (`addressWords`). */
export interface HttpPolicy {
  /** Wins over `deny` and over what is blocked by default. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export const openPolicy: HttpPolicy = { allow: [], deny: [] };

const groups = {
  all: ['0.0.0.0/0', '::/0'],
  loopback: ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'],
  private: [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    'fc00::/7',
    'fec0::/10',
  ],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  // Of AWS, Alibaba, Oracle, Azure and Google, beside 169.254.169.254.
  metadata: ['fd00:ec2::/32', '100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd20:ce::254'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Words that stand for ranges in `httpAllow` and `httpDeny`. */
export const addressWords = Object.keys(groups);

const blocked: readonly string[] = [...groups['link-local'], ...groups.metadata];

interface Range {
  readonly text: string;
  readonly bytes: readonly number[];
  readonly bits: number;
}

export class AddressPolicy {
  readonly #allow: readonly Range[];
  readonly #deny: readonly Range[];

  constructor({ allow, deny }: HttpPolicy) {
    this.#allow = rangesOf(allow);
    this.#deny = rangesOf([...deny, ...blocked]);
  }

  /** Why nothing connects to the address; undefined if it may. */
  refusal(address: string): string | undefined {
    const forms = formsOf(address);
    if (forms.length === 0) return `"${address}" is no address`;
    // An IPv6 address that leads to an IPv4 address is as good as that one, and no better.
    for (const form of forms) {
      if (this.#allow.some((range) => holds(range, form))) continue;
      const range = this.#deny.find((it) => holds(it, form));
      if (range !== undefined) return `${address} is blocked (${range.text})`;
    }
    return undefined;
  }
}

/** The error is a sentence: which of them is no range. */
export function checkRanges(texts: readonly string[]): Result<void, string> {
  const bad = texts.find((text) => !Object.hasOwn(groups, text) && rangeOf(text) === undefined);
  if (bad === undefined) return ok(undefined);
  const words = addressWords.join(', ');
  return fail(`"${bad}" is no range of addresses: write 10.0.0.0/8, fd00::/8 or one of ${words}`);
}

function rangesOf(texts: readonly string[]): readonly Range[] {
  const named = new Map<string, readonly string[]>(Object.entries(groups));
  return texts.flatMap((text) => named.get(text) ?? [text]).flatMap((text) => rangeOf(text) ?? []);
}

function rangeOf(text: string): Range | undefined {
  const [address = '', bitsText, ...rest] = text.split('/');
  const bytes = bytesOf(address);
  if (bytes === undefined || rest.length > 0) return undefined;
  const most = bytes.length * 8;
  if (bitsText !== undefined && !/^\d{1,3}$/.test(bitsText)) return undefined;
  const bits = Number(bitsText ?? most);
  return bits > most ? undefined : { text, bytes, bits };
}

function holds({ bytes, bits }: Range, address: readonly number[]): boolean {
  if (bytes.length !== address.length) return false;
  return bytes.every((byte, at) => {
    const mask = 0xff & ~(0xff >> Math.max(0, Math.min(8, bits - at * 8)));
    return (byte & mask) === ((address[at] ?? 0) & mask);
  });
}

/** The address and, of an IPv6 address, the IPv4 address that it may lead to. */
function formsOf(text: string): readonly (readonly number[])[] {
  const bytes = bytesOf(text.split('%')[0] ?? '');
  if (bytes === undefined) return [];
  if (bytes.length === 4) return [bytes];
  // ::ffff:a.b.c.d is an IPv4 address in other letters.
  if (startsWith(bytes, mapped)) return [bytes.slice(12)];
  const inner = embeddings.filter(({ prefix }) => startsWith(bytes, prefix));
  return [bytes, ...inner.map(({ at, flip }) => bytes.slice(at, at + 4).map((it) => it ^ flip))];
}

const zeros = (count: number): readonly number[] => Array.from({ length: count }, () => 0);
const mapped = [...zeros(10), 0xff, 0xff];

/** Where IPv4 addresses stand in IPv6 addresses that a router or this host may translate. */
const embeddings = [
  // ::a.b.c.d (RFC 4291, 2.5.5.1) and ::ffff:0:a.b.c.d (RFC 2765).
  { prefix: zeros(12), at: 12, flip: 0 },
  { prefix: [...zeros(8), 0xff, 0xff, 0, 0], at: 12, flip: 0 },
  // NAT64 (RFC 6052), and with a prefix of the site (RFC 8215).
  { prefix: [0, 0x64, 0xff, 0x9b, ...zeros(8)], at: 12, flip: 0 },
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 1], at: 12, flip: 0 },
  // 6to4 (RFC 3056), and Teredo, which inverts it (RFC 4380).
  { prefix: [0x20, 0x02], at: 2, flip: 0 },
  { prefix: [0x20, 0x01, 0, 0], at: 12, flip: 0xff },
] as const;

const startsWith = (bytes: readonly number[], prefix: readonly number[]): boolean =>
  prefix.every((byte, at) => bytes[at] === byte);

/** 4 or 16 bytes; undefined if the text is no address as it is written in full or by RFC 4291. */
const bytesOf = (text: string): readonly number[] | undefined =>
  text.includes(':') ? bytesOfSix(text) : bytesOfFour(text);

function bytesOfFour(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  const isQuad = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part));
  const bytes = parts.map(Number);
  return isQuad && bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function bytesOfSix(text: string): readonly number[] | undefined {
  const [head = '', tail, ...rest] = text.split('::');
  const front = groupBytes(head);
  if (front === undefined || rest.length > 0) return undefined;
  if (tail === undefined) return front.length === 16 ? front : undefined;
  const back = groupBytes(tail);
  if (back === undefined || front.length + back.length > 14) return undefined;
  return [...front, ...zeros(16 - front.length - back.length), ...back];
}

/** `0:ffff:1.2.3.4` -> bytes. */
function groupBytes(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [at, group] of groups.entries()) {
    const four = at === groups.length - 1 ? bytesOfFour(group) : undefined;
    if (four === undefined && !/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(...(four ?? [value >> 8, value & 0xff]));
  }
  return bytes;
}
