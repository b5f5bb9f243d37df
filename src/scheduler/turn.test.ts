import { expect, test } from 'vitest';
import { logIndex, term } from '../base/brand.ts';
import { fail, ok } from '../base/result.ts';
import { nodeFact } from '../model/fact.ts';
import { State } from '../model/state.ts';
import { Board } from './board.ts';
import { pictureOf } from './testing/board-picture.ts';
import { executorOf, node, nodes, runningRun, spec, start, task } from './testing/rows.ts';
import { Turn } from './turn.ts';

function stateOf(): State {
  const state = new State();
  for (const fact of [...runningRun(spec({ a: task() })), ...nodes('n1')]) state.apply(fact);
  return state;
}

function turnOn(state: State, index = 7) {
  const board = new Board(state);
  return new Turn({ state, board }, { term: term(1), index: logIndex(index), at: start });
}

const loses = (turn: Turn) => turn.emit(nodeFact(node('n1', { status: 'lost' })));
const acks = (turn: Turn) => turn.release({ kind: 'ack', to: executorOf('n1'), tokens: [] });

test('turn: T1: a decision that throws is undone, and what came before it stays', () => {
  const state = stateOf();
  const turn = turnOn(state);
  turn.decide({ what: 'first', by: 'ada' }, () => {
    turn.emit(nodeFact(node('n2')));
    acks(turn);
  });
  const before = state.digest();
  const fails = (): void =>
    turn.decide({ what: 'second', by: 'ada' }, () => {
      loses(turn);
      acks(turn);
      throw new Error('half done');
    });
  expect(fails).toThrow('half done');
  expect(state.digest()).toBe(before);
  expect(turn.effects).toHaveLength(1);
  expect(turn.decisions.map(({ what }) => what)).toEqual(['first']);
  expect(pictureOf(turn.board, state)).toEqual(pictureOf(new Board(state), state));
});

test('turn: T1: a part of a decision that is refused is undone, and the rest of it stays', () => {
  const state = stateOf();
  const turn = turnOn(state);
  turn.decide({ what: 'first', by: 'ada' }, () => {
    turn.emit(nodeFact(node('n2')));
    const digest = state.digest();
    const { bytes } = turn;
    const refused = turn.unlessRefused(() => {
      loses(turn);
      acks(turn);
      return fail('no');
    }, 'too new');
    expect(refused).toEqual(fail('no'));
    expect([state.digest(), turn.bytes, turn.effects.length]).toEqual([digest, bytes, 0]);
    expect(pictureOf(turn.board, state)).toEqual(pictureOf(new Board(state), state));
    turn.unlessRefused(() => {
      acks(turn);
      return ok(turn.emit(nodeFact(node('n3'))));
    }, 'too new');
  });
  expect(turn.effects).toHaveLength(1);
  expect(turn.decisions.flatMap(({ facts }) => facts.map(({ key }) => key))).toEqual(['n2', 'n3']);
});

test('turn: T1: what is undone leaves nothing behind', () => {
  const state = stateOf();
  const before = state.digest();
  const turn = turnOn(state);
  turn.decide({ what: 'lose', by: 'ada' }, () => loses(turn));
  expect(state.digest()).not.toBe(before);
  turn.undo();
  expect(state.digest()).toBe(before);
});

test('turn: T2: no two turns make the same token or id, and later tokens are higher', () => {
  const [first, second] = [turnOn(stateOf(), 7), turnOn(stateOf(), 8)];
  const tokens = [first, first, second, second].map((turn) => turn.takeToken());
  expect(tokens).toEqual([...new Set(tokens)].sort((left, right) => left - right));
  const ids = [first, first, second, second].map((turn) => turn.generateId('manual'));
  expect(new Set(ids).size).toBe(4);
});
