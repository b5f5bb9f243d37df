/**
 * The envelope of one frame on the wire:
 *
 *     MAC (16) · format (1) · header length (2, big endian) · header (msgpack) · body
 *
 * The MAC is HMAC-SHA256, cut to 16 bytes, over everything behind it, keyed with the cluster's
 * secret. It is checked in constant time before anything is decoded. The header names the lane and
 * the inbox too, so that a frame recorded on one subject is worth nothing on another.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Side } from '../actors/wire.ts';
import { assert } from '../base/assert.ts';
import { decode, encode } from '../base/codec.ts';
import type { Lane } from '../base/ports.ts';
import { fail, ok, type Result } from '../base/result.ts';

const macBytes = 16;
const formatAt = macBytes;
const lengthAt = formatAt + 1;
const headerAt = lengthAt + 2;
const format = 1;
const headerBytesMax = 0xffff;

/** One start of a process. `startedMs` orders starts, `nonce` parts those of one millisecond. */
export interface Life {
  readonly incarnation: string;
  readonly startedMs: number;
  readonly nonce: number;
}

/** Where a piece stands in its message; a whole message is piece 0 of 1. */
export interface Piece {
  readonly index: number;
  readonly count: number;
  /** Length of the whole message in bytes. */
  readonly totalBytes: number;
}

export interface Header {
  /** Empty before the sender's cluster is formed. */
  readonly cluster: string;
  readonly node: string;
  readonly side: Side;
  readonly life: Life;
  readonly lane: Lane;
  readonly inbox: string;
  /** Empty means everyone who listens. */
  readonly receivers: readonly string[];
  /** Grows by one with every frame of this life on this lane. */
  readonly sequence: number;
  readonly piece: Piece;
}

export interface Frame {
  readonly header: Header;
  /** A view into the frame's own bytes. */
  readonly body: Uint8Array;
}

/** The whole frame. The header is encoded as a list, because names would be most of its bytes. */
export function seal(key: Uint8Array, header: Header, body: Uint8Array): Uint8Array {
  const head = encodeHeader(header);
  assert(head.length <= headerBytesMax, 'a header has at most 64 KiB: the receivers are limited');
  const frame = new Uint8Array(headerAt + head.length + body.length);
  frame[formatAt] = format;
  frame[lengthAt] = head.length >> 8;
  frame[lengthAt + 1] = head.length & 0xff;
  frame.set(head, headerAt);
  frame.set(body, headerAt + head.length);
  frame.set(macOf(key, frame), 0);
  return frame;
}

/** No frame has more bytes that are not body. */
export const sealBytesMax = headerAt + headerBytesMax;

/** How many bytes of a frame are not body. */
export const sealBytes = (header: Header): number => headerAt + encodeHeader(header).length;

/** `forged`: the MAC is wrong. `malformed`: the MAC is right and yet we cannot read it. */
export function open(key: Uint8Array, frame: Uint8Array): Result<Frame, 'forged' | 'malformed'> {
  if (frame.length < headerAt) return fail('forged');
  if (!timingSafeEqual(macOf(key, frame), frame.subarray(0, macBytes))) return fail('forged');
  if (frame[formatAt] !== format) return fail('malformed');
  const bodyAt = headerAt + (((frame[lengthAt] ?? 0) << 8) | (frame[lengthAt + 1] ?? 0));
  if (bodyAt > frame.length) return fail('malformed');
  const header = decodeHeader(frame.subarray(headerAt, bodyAt));
  return header === undefined ? fail('malformed') : ok({ header, body: frame.subarray(bodyAt) });
}

function macOf(key: Uint8Array, frame: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(frame.subarray(macBytes)).digest().subarray(0, macBytes);
}

type HeaderList = readonly [
  cluster: string,
  node: string,
  side: Side,
  incarnation: string,
  startedMs: number,
  nonce: number,
  lane: Lane,
  inbox: string,
  receivers: readonly string[],
  sequence: number,
  index: number,
  count: number,
  totalBytes: number,
];

function encodeHeader(header: Header): Uint8Array {
  const { cluster, node, side, life, lane, inbox, receivers, sequence, piece } = header;
  const { incarnation, startedMs, nonce } = life;
  return encode([
    ...[cluster, node, side, incarnation, startedMs, nonce, lane, inbox, receivers, sequence],
    ...[piece.index, piece.count, piece.totalBytes],
  ]);
}

/** Undefined for what a sender with our key would never write: another version's format, say. */
function decodeHeader(bytes: Uint8Array): Header | undefined {
  const list = decodeList(bytes);
  if (list === undefined) return undefined;
  const [cluster, node, side, incarnation, startedMs, nonce, lane, inbox, receivers] = list;
  const [, , , , , , , , , sequence, index, count, totalBytes] = list;
  const texts = [cluster, node, side, incarnation, lane, inbox];
  const numbers = [startedMs, nonce, sequence, index, count, totalBytes];
  if (texts.some((text) => typeof text !== 'string')) return undefined;
  if (numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) return undefined;
  if (!Array.isArray(receivers) || index >= count) return undefined;
  const life = { incarnation, startedMs, nonce };
  const piece = { index, count, totalBytes };
  return { cluster, node, side, life, lane, inbox, receivers, sequence, piece };
}

function decodeList(bytes: Uint8Array): HeaderList | undefined {
  try {
    const list = decode<HeaderList>(bytes);
    return Array.isArray(list) && list.length === 13 ? list : undefined;
  } catch {
    return undefined;
  }
}
