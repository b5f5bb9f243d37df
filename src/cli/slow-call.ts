/** Calls of endpoints that think for longer than an ordinary request may take. */
import type { z } from 'zod';
import type { Endpoint } from '../api/contract-kit.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { type Client, type Input, type Reply, reasonOf } from './client.ts';
import { exitCodes, type Failure } from './exit-codes.ts';

/** How long the answer may take, in milliseconds. */
const slowMs = 240_000;

/** As `Client.call`, with more patience. */
export async function callSlow<E extends Endpoint>(
  client: Client,
  endpoint: E,
  input: Input<E>,
): Promise<Result<Reply<z.output<E['reply']>>, Failure>> {
  const sent = await client.open(endpoint, input, slowMs);
  if (!sent.ok) return sent;
  const { status, headers, url } = sent.value;
  const reply: E['reply'] = endpoint.reply;
  try {
    const raw: unknown = JSON.parse(await sent.value.text());
    const parsed = reply.safeParse(raw);
    const index = Number(headers.get('x-skein-index') ?? 0);
    if (parsed.success) return ok({ value: parsed.data, raw, status, index });
    return fail(strange(`${url} answered with something that Skein does not say`));
  } catch (error) {
    return fail(strange(`the answer of ${url} cannot be read: ${reasonOf(error)}`));
  }
}

const strange = (detail: string): Failure => ({
  exitCode: exitCodes.failure,
  code: 'STRANGE_REPLY',
  detail,
  next: 'Check that the address is that of a node, and that its version fits (`skein version`).',
});
