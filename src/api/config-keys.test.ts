import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { fail, ok } from '../base/result.ts';
import { encryptionKeysOf } from './config-keys.ts';

const one = randomBytes(32);
const two = randomBytes(32);
const from = (text: string) =>
  encryptionKeysOf({ env: {}, file: '/keys', readFile: () => ok(text) });

test('encryption keys: hex and base64, several, with remarks between them', () => {
  const both = [one.toString('hex'), two.toString('hex')];
  const text = `# new\n${one.toString('base64')}\n# old\n${two.toString('hex').toUpperCase()}\n`;
  expect(from(text)).toEqual(ok(both));
  const env = { SKEIN_ENCRYPTION_KEY: `${one.toString('base64url')},${two.toString('hex')}` };
  const readFile = () => fail('not read');
  expect(encryptionKeysOf({ env, file: '/keys', readFile })).toEqual(ok(both));
  expect(encryptionKeysOf({ env: {}, file: undefined, readFile })).toEqual(ok([]));
});

test('encryption keys: what is wrong is said without the key', () => {
  const short = one.subarray(1).toString('base64');
  for (const text of ['', '# none', short, `${one.toString('hex')}0`, 'secret']) {
    const read = from(text);
    expect(read.ok).toBe(false);
    if (text !== '' && text !== '# none') expect(JSON.stringify(read)).not.toContain(text);
  }
  expect(from(`${one.toString('hex')} ${one.toString('base64')}`)).toMatchObject({
    error: { message: 'key 2 stands there twice' },
  });
  const unreadable = () => fail('cannot read /keys: ENOENT');
  expect(encryptionKeysOf({ env: {}, file: '/keys', readFile: unreadable }).ok).toBe(false);
});
