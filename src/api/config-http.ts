/** Where HTTP tasks of a node may connect to: `httpAllow` and `httpDeny`. */
import { z } from 'zod';
import { checkRanges, type HttpPolicy } from '../model/http-policy.ts';
import { oneOrMore } from './schema-kit.ts';

const ranges = oneOrMore(z.string().min(1).max(100))
  .superRefine((texts, context) => {
    const checked = checkRanges(texts);
    if (!checked.ok) context.addIssue({ code: 'custom', message: checked.error });
  })
  .default([]);

export const httpKeys = {
  /** Addresses, ranges, or words for them (`metadata`); wins over `httpDeny` and the defaults. */
  httpAllow: ranges,
  httpDeny: ranges,
};

export const httpPolicyOf = (raw: {
  readonly httpAllow: readonly string[];
  readonly httpDeny: readonly string[];
}): HttpPolicy => ({ allow: raw.httpAllow, deny: raw.httpDeny });
