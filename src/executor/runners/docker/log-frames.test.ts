import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Frames } from './log-frames.ts';

type Frame = readonly [number, Uint8Array];

function encoded(frames: readonly Frame[]): Uint8Array {
  return Buffer.concat(
    frames.flatMap(([stream, body]) => {
      const head = Buffer.alloc(8);
      head[0] = stream;
      head.writeUInt32BE(body.length, 4);
      return [head, body];
    }),
  );
}

const bodyOf = (frames: readonly Frame[], wanted: number): string =>
  Buffer.concat(frames.flatMap(([stream, body]) => (stream === wanted ? [body] : []))).toString(
    'hex',
  );

const frame = fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 }));

test('docker log: frames are taken apart, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 30 })), (frames, sizes) => {
      const bytes = encoded(frames);
      const reader = new Frames();
      const stdout: Uint8Array[] = [];
      const stderr: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % Math.max(1, sizes.length)] ?? bytes.length;
        const parts = reader.split(bytes.subarray(at, at + size));
        stdout.push(...parts.stdout);
        stderr.push(...parts.stderr);
        at += size;
      }
      expect(Buffer.concat(stdout).toString('hex')).toBe(bodyOf(frames, 1));
      expect(Buffer.concat(stderr).toString('hex')).toBe(bodyOf(frames, 2));
    }),
  );
});
