/**
 * The one place that knows msgpack. Everything that machines say to each other or keep on disk goes
 * through here. Record extensions are off, because persisted data must not depend on a dictionary
 * that lives in somebody's memory.
 *
 * This is one of the four files where `as` is allowed: what comes in was written by the other end
 * of this file, guarded by a MAC (network) or a CRC (disk).
 */
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, moreTypes: false, mapsAsObjects: true });

/** The bytes are the caller's own: they are not reused by the next call. */
export const encode = (value: unknown): Uint8Array => packr.pack(value);

/** Throws on bytes that are not msgpack; callers check the MAC or the CRC first. */
export const decode = <T>(bytes: Uint8Array): T => packr.unpack(bytes) as T;
