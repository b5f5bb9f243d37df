/** A register: one value that is read, written, and written if it is what one expects. */
import { unreachable } from '../../src/base/assert.ts';
import type { Model } from './model.ts';

export type RegisterValue = string | number | boolean | null;

export type RegisterInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: RegisterValue }
  /** Writes `value` if the register holds `expected`. */
  | { readonly kind: 'swap'; readonly expected: RegisterValue; readonly value: RegisterValue };

export type RegisterOutput =
  | { readonly kind: 'value'; readonly value: RegisterValue }
  | { readonly kind: 'written' }
  /** The register held something else. */
  | { readonly kind: 'kept' };

/** A register that holds `initial` before anybody writes. */
export const registerModel = (
  initial: RegisterValue = null,
): Model<RegisterValue, RegisterInput, RegisterOutput> => ({
  initial,
  step,
  keyOf: (value) => JSON.stringify(value),
  readsOnly: ({ kind }) => kind === 'read',
  describe,
});

function step(
  state: RegisterValue,
  input: RegisterInput,
  output: RegisterOutput | null,
): RegisterValue | undefined {
  switch (input.kind) {
    case 'read':
      return output === null || (output.kind === 'value' && output.value === state)
        ? state
        : undefined;
    case 'write':
      return output === null || output.kind === 'written' ? input.value : undefined;
    case 'swap': {
      const swaps = state === input.expected;
      if (output !== null && (output.kind === 'written') !== swaps) return undefined;
      return swaps ? input.value : state;
    }
    default:
      return unreachable(input);
  }
}

function describe(input: RegisterInput, output: RegisterOutput | null): string {
  const answer = output === null ? '?' : output.kind === 'value' ? show(output.value) : output.kind;
  switch (input.kind) {
    case 'read':
      return `read: ${answer}`;
    case 'write':
      return `write ${show(input.value)}: ${answer}`;
    case 'swap':
      return `swap ${show(input.expected)} for ${show(input.value)}: ${answer}`;
    default:
      return unreachable(input);
  }
}

const show = (value: RegisterValue): string => JSON.stringify(value);
