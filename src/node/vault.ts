/**
 * Seals secrets with AES-256-GCM. Additional data is the place of the secret, so that a box which
 * is put elsewhere does not open there.
 *
 * The nonce is made of the secret and its place by HMAC-SHA-256 under a key of its own (as in SIV,
 * RFC 5297), not drawn: a request that a client repeats, perhaps to another node, must be the same
 * request, and putting the same secret again must change nothing. Two secrets of one place meet in
 * a nonce as rarely as with random ones; what shows is that a field has the same secret as before.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { keyMissing, type Vault } from '../api/vault.ts';
import { fail, ok } from '../base/result.ts';
import type { SecretPlace } from '../model/connection.ts';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

interface Key {
  readonly id: string;
  readonly sealing: Buffer;
  readonly nonces: Buffer;
}

/** Of keys of 32 bytes each, in hex: the first one seals, all of them open. */
export function makeVault(hexKeys: readonly string[]): Vault {
  const keys = hexKeys.map(keyOf);
  const [first] = keys;
  return {
    keyId: first?.id ?? null,
    seal: (place, secret) =>
      first === undefined
        ? fail(keyMissing)
        : ok({ key: first.id, box: boxOf(first, place, secret) }),
    open(place, { key: id, box }) {
      const key = keys.find((each) => each.id === id);
      if (key === undefined) return fail(`this node does not have encryption key ${id}`);
      const secret = unbox(key, place, box);
      return secret === undefined
        ? fail(`encryption key ${id} does not open ${place.name}.${place.field}`)
        : ok(secret);
    },
  };
}

function keyOf(hex: string): Key {
  const master = Buffer.from(hex, 'hex');
  const derived = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', master, '', `skein ${purpose}`, 32));
  const id = createHash('sha256').update(master).digest('hex').slice(0, 8);
  return { id, sealing: derived('seal'), nonces: derived('nonce') };
}

/** No name can hold a slash. */
const bound = ({ namespace, name, field }: SecretPlace): Buffer =>
  Buffer.from(`${namespace}/${name}/${field}`);

function boxOf({ sealing, nonces }: Key, place: SecretPlace, secret: string): string {
  const data = bound(place);
  const mac = createHmac('sha256', nonces).update(data).update('\0').update(secret);
  const nonce = mac.digest().subarray(0, nonceBytes);
  const sealer = createCipheriv(cipher, sealing, nonce).setAAD(data);
  const text = Buffer.concat([sealer.update(secret, 'utf8'), sealer.final()]);
  return Buffer.concat([nonce, text, sealer.getAuthTag()]).toString('base64');
}

function unbox({ sealing }: Key, place: SecretPlace, box: string): string | undefined {
  const bytes = Buffer.from(box, 'base64');
  if (bytes.length < nonceBytes + tagBytes) return undefined;
  const nonce = bytes.subarray(0, nonceBytes);
  const opener = createDecipheriv(cipher, sealing, nonce, { authTagLength: tagBytes });
  opener.setAAD(bound(place)).setAuthTag(bytes.subarray(-tagBytes));
  try {
    const text = opener.update(bytes.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([text, opener.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
