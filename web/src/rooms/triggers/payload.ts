/** What people type as the payload of an event: any JSON; nothing is null. */
import type { CallInput } from '../../data/api.ts';
import { trusted } from '../../data/wire.ts';
import { parseValue } from '../../kit/form-values.ts';

type Payload = Extract<
  NonNullable<CallInput<'sendEvent'>['body']>,
  { readonly kind: 'asset' }
>['payload'];

export interface ReadPayload {
  readonly isJson: boolean;
  readonly value: Payload;
}

export function readPayload(text: string): ReadPayload {
  const parsed = parseValue({ type: 'json', default: null, enum: null }, text);
  const value = parsed.ok ? (parsed.value ?? null) : null;
  return { isJson: parsed.ok, value: trusted<Payload>(value) };
}
