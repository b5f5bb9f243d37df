import { expect, it } from 'vitest';
import { wallMs } from '../base/brand.ts';
import { encode } from '../base/codec.ts';
import { TooNew } from '../base/too-new.ts';
import { decodeRecord, encodeRecord, recordVersionMax } from './record.ts';

it('record: is read as it was written', () => {
  const record = { version: recordVersionMax, at: wallMs(7), decisions: [] };
  expect(decodeRecord(encodeRecord(record))).toEqual(record);
});

it('record: one of a newer version is not skipped (P90)', () => {
  const newer = encode({ version: recordVersionMax + 1, at: 7, decisions: [] });
  expect(() => decodeRecord(newer)).toThrow(TooNew);
});
