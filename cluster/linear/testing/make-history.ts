/**
 * Histories for the tests of the checker. `happen` runs a correct object under concurrent clients,
 * so what it returns is linearizable by construction.
 */
import type { Random } from '../../../src/base/ports.ts';
import { below } from '../../../src/base/random.ts';
import type { History, Operation } from '../history.ts';
import type { RegisterInput, RegisterOutput, RegisterValue } from '../register-model.ts';

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;
export type RegisterHistory = History<RegisterInput, RegisterOutput>;

/** From the call to the return; a return of null never came. */
type Span = readonly [call: number, back: number | null];

const made = (
  client: string,
  [call, back]: Span,
  done: { readonly input: RegisterInput; readonly output: RegisterOutput | null },
): RegisterOperation => ({ client, key: 'x', ...done, call, return: back });

export const read = (client: string, value: RegisterValue, span: Span): RegisterOperation =>
  made(client, span, { input: { kind: 'read' }, output: { kind: 'value', value } });

export const write = (client: string, value: RegisterValue, span: Span): RegisterOperation => {
  const output = span[1] === null ? null : ({ kind: 'written' } as const);
  return made(client, span, { input: { kind: 'write', value }, output });
};

export interface Swap {
  readonly expected: RegisterValue;
  readonly value: RegisterValue;
  readonly answer: 'written' | 'kept';
}

export const swap = (
  client: string,
  { expected, value, answer }: Swap,
  span: Span,
): RegisterOperation =>
  made(client, span, { input: { kind: 'swap', expected, value }, output: { kind: answer } });

export interface Load {
  readonly operations: number;
  readonly clients: number;
  /** Values that are written: few of them leave more orders open. */
  readonly values: number;
  /** Chance that an answer is lost, and that what it answered happened nevertheless is one half. */
  readonly lostShare: number;
}

interface Busy {
  readonly input: RegisterInput;
  readonly call: number;
  output: RegisterOutput | undefined;
}

/** A register, used by clients that ask one thing after the other. */
export function happen(random: Random, load: Load): RegisterHistory {
  const history: RegisterOperation[] = [];
  const clients: (Busy | undefined)[] = Array.from({ length: load.clients });
  let register: RegisterValue = null;
  for (let now = 0; history.length < load.operations; now++) {
    const at = below(random, load.clients);
    const busy = clients[at];
    if (busy === undefined) {
      clients[at] = { input: anyInput(random, load.values), call: now, output: undefined };
    } else if (busy.output === undefined && random.fraction() < load.lostShare) {
      const happens = random.fraction() < 0.5;
      if (happens) register = behind(register, busy.input);
      const { input, call } = busy;
      history.push({ client: `c${at}`, key: 'x', input, call, output: null, return: null });
      clients[at] = undefined;
    } else if (busy.output === undefined) {
      busy.output = answerOf(register, busy.input);
      register = behind(register, busy.input);
    } else {
      const { input, output, call } = busy;
      history.push({ client: `c${at}`, key: 'x', input, output, call, return: now });
      clients[at] = undefined;
    }
  }
  // The end of the recording finds some under way.
  for (const [at, busy] of clients.entries()) {
    if (busy === undefined) continue;
    const { input, call } = busy;
    history.push({ client: `c${at}`, key: 'x', input, call, output: null, return: null });
  }
  return history.sort((left, right) => left.call - right.call);
}

function anyInput(random: Random, values: number): RegisterInput {
  const kind = below(random, 4);
  const value = below(random, values);
  if (kind < 2) return { kind: 'read' };
  if (kind === 2) return { kind: 'write', value };
  return { kind: 'swap', expected: below(random, values), value };
}

function answerOf(register: RegisterValue, input: RegisterInput): RegisterOutput {
  if (input.kind === 'read') return { kind: 'value', value: register };
  const keeps = input.kind === 'swap' && input.expected !== register;
  return { kind: keeps ? 'kept' : 'written' };
}

function behind(register: RegisterValue, input: RegisterInput): RegisterValue {
  if (input.kind === 'read') return register;
  return input.kind === 'swap' && input.expected !== register ? register : input.value;
}
