/** Names under which a node may be asked, beside its addresses: `allowedHosts`. */
import { z } from 'zod';
import { oneOrMore } from './schema-kit.ts';

const isName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

const names = oneOrMore(z.string().max(255))
  .transform((texts) => texts.map((text) => text.toLowerCase()))
  .refine((texts) => texts.every((text) => isName.test(text)), {
    error: 'a host name without a port, as in skein.example.org',
  });

export const hostKeys = { allowedHosts: names.default([]) };
