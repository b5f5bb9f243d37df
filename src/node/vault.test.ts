import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { namespace } from '../base/brand.ts';
import type { Sealed } from '../model/connection.ts';
import { makeVault } from './vault.ts';

const place = { namespace: namespace('default'), name: 'warehouse', field: 'password' };
const newKey = (): string => randomBytes(32).toString('hex');

function sealed(vault: ReturnType<typeof makeVault>, secret: string): Sealed {
  const made = vault.seal(place, secret);
  if (!made.ok) throw new Error(made.error.detail);
  return made.value;
}

test('vault: a secret comes back as it was, and its box shows nothing of it', () => {
  const vault = makeVault([newKey()]);
  for (const secret of ['', 'p', 'pässwörd 🗝', "';--", 'x'.repeat(10_000)]) {
    const box = sealed(vault, secret);
    expect(vault.open(place, box)).toEqual({ ok: true, value: secret });
    const bytes = Buffer.from(box.box, 'base64');
    if (secret.length > 3) expect(bytes.includes(secret)).toBe(false);
  }
});

test('vault: the same secret in the same place is the same box, and another elsewhere', () => {
  const key = newKey();
  expect(sealed(makeVault([key]), 's')).toEqual(sealed(makeVault([key]), 's'));
  const vault = makeVault([key]);
  const elsewhere = vault.seal({ ...place, name: 'other' }, 's');
  expect(elsewhere.ok && elsewhere.value.box).not.toBe(sealed(vault, 's').box);
  expect(sealed(vault, 't').box.slice(0, 16)).not.toBe(sealed(vault, 's').box.slice(0, 16));
});

test('vault: a box does not open in another place, nor when a bit of it has changed', () => {
  const vault = makeVault([newKey()]);
  const box = sealed(vault, 'secret');
  for (const other of [{ name: 'x' }, { field: 'x' }, { namespace: namespace('x') }]) {
    expect(vault.open({ ...place, ...other }, box).ok).toBe(false);
  }
  const bytes = Buffer.from(box.box, 'base64');
  for (const at of bytes.keys()) {
    const broken = Buffer.from(bytes);
    broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
    expect(vault.open(place, { ...box, box: broken.toString('base64') }).ok).toBe(false);
  }
  expect(vault.open(place, { ...box, box: '' }).ok).toBe(false);
});

test('vault: the first key seals, and every key opens', () => {
  const [old, fresh] = [newKey(), newKey()];
  const before = sealed(makeVault([old]), 'secret');
  const both = makeVault([fresh, old]);
  expect(both.open(place, before)).toEqual({ ok: true, value: 'secret' });
  const after = sealed(both, 'secret');
  expect(after.key).not.toBe(before.key);
  expect(makeVault([old]).open(place, after)).toEqual({
    ok: false,
    error: `this node does not have encryption key ${after.key}`,
  });
  expect(makeVault([fresh]).open(place, after).ok).toBe(true);
});

test('vault: without a key nothing is sealed', () => {
  const vault = makeVault([]);
  expect(vault.keyId).toBeNull();
  expect(vault.seal(place, 's')).toMatchObject({ error: { code: 'ENCRYPTION_KEY_MISSING' } });
});
