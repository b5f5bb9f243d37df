/**
 * Names under which a node may be asked, beside its addresses (`allowedHosts`), and the one that it
 * tells the others (`advertise`).
 */
import { z } from 'zod';
import { oneOrMore } from './schema-kit.ts';

const isName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

const names = oneOrMore(z.string().max(255))
  .transform((texts) => texts.map((text) => text.toLowerCase()))
  .refine((texts) => texts.every((text) => isName.test(text)), {
    error: 'a host name without a port, as in skein.example.org',
  });

/** Nothing behind the port: the others add their own paths. */
const isBase = (text: string): boolean => {
  const full = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(full)) return false;
  const { protocol, pathname, search, hash, username } = new URL(full);
  const isBare = pathname === '/' && `${search}${hash}${username}` === '';
  return isBare && (protocol === 'http:' || protocol === 'https:');
};

const advertise = z.string().max(255).refine(isBase, {
  error: 'where the other nodes reach this one, as in 10.0.0.1, skein.lan:8080 or http://skein.lan',
});

export const hostKeys = { allowedHosts: names.default([]), advertise: advertise.optional() };
