import { expect, test } from 'vitest';
import type { ProcessExit } from '../base/ports.ts';
import { type EndedProcess, endClass, endSentence } from './process-ending.ts';

const mib = 2 ** 20;
const exit: ProcessExit = { kind: 'exited', code: 137, signal: 9 };

function said(part: Partial<EndedProcess>): readonly [string, string | null] {
  const ended: EndedProcess = { exit, limits: {}, overfull: undefined, ...part };
  return [endSentence(ended), endClass(ended, new Uint8Array())];
}

test('endings: a signal is a signal, and memory is memory', () => {
  expect(said({})).toEqual(['ended by signal 9', 'signal_9']);
  const starved: ProcessExit = { ...exit, met: 'memory', usage: { memoryBytesMax: 63 * mib } };
  expect(said({ exit: starved, limits: { memoryBytes: 64 * mib } })).toEqual([
    'ran out of memory: the limit is 64Mi, it held 63Mi at most',
    'out_of_memory',
  ]);
});

test('endings: without a limit of its own it was the node that had no more memory', () => {
  expect(said({ exit: { ...exit, met: 'memory' } })).toEqual([
    'killed because its node ran out of memory',
    'out_of_memory',
  ]);
});

test('endings: a full directory is what killed it, whatever the signal', () => {
  const overfull = { bytes: 12 * mib, limitBytes: 10 * mib };
  expect(said({ overfull })).toEqual([
    'killed because its working directory held 12Mi: the limit is 10Mi',
    'work_dir_full',
  ]);
});

test('endings: who was refused processes is told so beside the exit code', () => {
  const refused: ProcessExit = { kind: 'exited', code: 2, signal: undefined, met: 'processes' };
  expect(said({ exit: refused, limits: { processes: 64 } })).toEqual([
    'ended with exit code 2; it was refused more than 64 processes',
    null,
  ]);
});
