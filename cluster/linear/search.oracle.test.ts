/** The search against the definition: every tiny history gets the same verdict from both. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DagInput, type DagOutput, dagModel } from './dag-model.ts';
import type { Operation } from './history.ts';
import type { Model } from './model.ts';
import { type RegisterInput, type RegisterOutput, registerModel } from './register-model.ts';
import { type RunInput, type RunOutput, runModel } from './run-model.ts';
import { search } from './search.ts';
import { isLinearizable } from './testing/brute-force.ts';

const value = fc.constantFrom(0, 1, 2);
const kept = fc.constantFrom<RegisterOutput>({ kind: 'written' }, { kind: 'kept' });
const registerDone = fc.oneof(
  done({ kind: 'read' } as RegisterInput, fc.record({ kind: fc.constant('value'), value })),
  value.chain((each) =>
    done({ kind: 'write', value: each } as RegisterInput, fc.constant({ kind: 'written' })),
  ),
  fc
    .record({ kind: fc.constant('swap'), expected: value, value })
    .chain((input) => done(input as RegisterInput, kept)),
) as fc.Arbitrary<Done<RegisterInput, RegisterOutput>>;

const versionId = fc.constantFrom('v1', 'v2');
const outcome = fc.constantFrom('created', 'changed', 'unchanged');
const applied = fc.record({ kind: fc.constant('applied'), outcome });
const found = fc.record({ kind: fc.constant('dag'), versionId, paused: fc.boolean() });
const missing = fc.constant({ kind: 'missing' });
const dagDone = fc.oneof(
  versionId.chain((id) => done({ kind: 'apply', versionId: id }, applied)),
  fc
    .boolean()
    .chain((paused) => done({ kind: 'pause', paused }, fc.constantFrom(...kinds('done')))),
  done({ kind: 'delete' }, fc.constantFrom(...kinds('done', 'missing'))),
  done({ kind: 'get' }, fc.oneof(found, found, missing)),
) as fc.Arbitrary<Done<DagInput, DagOutput>>;

const statuses = ['queued', 'running', 'cancelling', 'success', 'failed', 'cancelled'] as const;
const shown = fc.record({
  kind: fc.constant('run'),
  status: fc.constantFrom(...statuses),
  generation: fc.constantFrom(1, 1, 2, null),
});
const runDone = fc.oneof(
  fc
    .constantFrom('k1', 'k2')
    .chain((requestId) =>
      done({ kind: 'create', requestId }, fc.constantFrom(...kinds('done', 'done', 'exists'))),
    ),
  done({ kind: 'cancel' }, fc.constantFrom(...kinds('done', 'done', 'ended', 'missing'))),
  done({ kind: 'rerun' }, fc.constantFrom(...kinds('done', 'done', 'active'))),
  done({ kind: 'get' }, fc.oneof(shown, shown, shown, missing)),
) as fc.Arbitrary<Done<RunInput, RunOutput>>;

interface Done<Input, Output extends object> {
  readonly input: Input;
  readonly output: Output;
}

function done<Output>(input: object, output: fc.Arbitrary<Output>) {
  return output.map((each) => ({ input, output: each }));
}

function kinds(...names: readonly string[]): readonly { readonly kind: string }[] {
  return names.map((kind) => ({ kind }));
}

/** Up to seven operations in a time so short that most of them overlap; one in six is lost. */
const historiesOf = <Input, Output extends object>(each: fc.Arbitrary<Done<Input, Output>>) =>
  fc.array(
    fc
      .record({
        done: each,
        call: fc.nat(20),
        lasts: fc.nat(9),
        lost: fc.constantFrom('no', 'no', 'no', 'no', 'answer', 'time'),
      })
      .map(({ done: { input, output }, call, lasts, lost }): Operation<Input, Output> => {
        const common = { client: 'a', key: 'x', input, call };
        const back = lost === 'no' ? call + lasts : null;
        return { ...common, output: lost === 'answer' ? null : output, return: back };
      }),
    { maxLength: 7 },
  );

/** Compares, and sees to it that both verdicts came up often enough to mean something. */
function compare<State, Input, Output extends object>(
  each: fc.Arbitrary<Done<Input, Output>>,
  model: Model<State, Input, Output>,
): void {
  const many = { linearizable: 0, broken: 0, unknown: 0 };
  fc.assert(
    fc.property(historiesOf(each), (history) => {
      const { status } = search(history, model);
      many[status] += 1;
      expect(status).toBe(isLinearizable(history, model) ? 'linearizable' : 'broken');
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(many.linearizable, many.broken)).toBeGreaterThan(200);
}

describe('linear: the search agrees with the definition', () => {
  it('on registers', () => compare(registerDone, registerModel(0)));
  it('on DAGs', () => compare(dagDone, dagModel));
  it('on runs', () => compare(runDone, runModel({ madeElsewhere: false })));
  it('on runs that somebody else made', () => compare(runDone, runModel({ madeElsewhere: true })));
});
