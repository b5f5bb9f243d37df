/** The real bodies of Clock and Random. The other ports have rooms of their own. */
import { randomBytes } from 'node:crypto';
import { monotonicMs, wallMs } from '../base/brand.ts';
import type { Clock, Random } from '../base/ports.ts';

export const realClock: Clock = {
  monotonicMs: () => monotonicMs(performance.now()),
  wallMs: () => wallMs(Date.now()),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  soon: (run) => {
    setImmediate(run);
  },
};

/**
 * The operating system's generator, drawn in blocks: a call per number would cost a microsecond.
 */
export function realRandom(): Random {
  let block = randomBytes(1024);
  let at = 0;
  const uint32 = (): number => {
    if (at + 4 > block.length) {
      block = randomBytes(1024);
      at = 0;
    }
    const value = block.readUInt32LE(at);
    at += 4;
    return value;
  };
  return { uint32, fraction: () => uint32() / 0x1_0000_0000 };
}
