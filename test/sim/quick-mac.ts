/**
 * A MAC that costs a twentieth of HMAC-SHA256. Most seeds seal their envelopes with it, so that the
 * same processor time sees more seeds; the others use the real one. It still depends on the key
 * and on every bit, so what the simulator garbles is refused with either.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { crc32 } from 'node:zlib';

class QuickMac {
  #crc: number;

  constructor(key: Uint8Array) {
    this.#crc = crc32(key);
  }

  update(bytes: Uint8Array): this {
    this.#crc = crc32(bytes, this.#crc);
    return this;
  }

  digest(): Uint8Array {
    const digest = new Uint8Array(32);
    for (let at = 0; at < 4; at++) digest[at] = this.#crc >>> (8 * at);
    return digest;
  }
}

/** Runs `work` with `createHmac` replaced. Synchronous: nothing else can run meanwhile. */
export function withQuickMac<T>(work: () => T): T {
  const real = Object.getOwnPropertyDescriptor(crypto, 'createHmac');
  const value = (_algorithm: string, key: Uint8Array): QuickMac => new QuickMac(key);
  Object.defineProperty(crypto, 'createHmac', { configurable: true, writable: true, value });
  syncBuiltinESMExports();
  try {
    return work();
  } finally {
    if (real !== undefined) Object.defineProperty(crypto, 'createHmac', real);
    syncBuiltinESMExports();
  }
}
