import { expect, test } from 'vitest';
import type { RunChange } from './follow-run.ts';
import { RunLines } from './run-lines.ts';

const lines = new RunLines({
  out: () => {},
  outBytes: async () => {},
  err: () => {},
  paint: (style, text) => (style === 'bold' ? `\u001b[1m${text}\u001b[22m` : text),
  isInteractive: false,
  env: {},
  readStdin: async () => '',
  interrupt: new AbortController().signal,
});

const change = (differs: Partial<RunChange>): RunChange => ({
  at: '2026-01-01T10:00:00.000Z',
  index: 7,
  taskId: 'load',
  mapIndex: 0,
  map: null,
  state: 'running',
  attempt: 1,
  node: 'n1',
  durationMs: null,
  reason: null,
  ...differs,
});

const textOf = (differs: Partial<RunChange>): string => lines.line(change(differs)).slice(10, -1);

test('run lines: an instance of a map is named by its item, a hook by its later times', () => {
  expect(textOf({})).toBe('load          running          n1');
  expect(textOf({ map: 'load' })).toBe('load[0]       running          n1');
  expect(textOf({ map: 'load', mapIndex: 12 })).toBe('load[12]      running          n1');
  expect(textOf({ mapIndex: 1 })).toBe('load[1]       running          n1');
});

test('run lines: a list that has become known, and what is waited for, are said in words', () => {
  const nothing = { mapIndex: null, attempt: null, node: null };
  expect(textOf({ ...nothing, state: 'expanded', reason: '3 items' })).toMatch(
    /^load {10}expanded +3 items$/,
  );
  const reason = 'waits for an approval';
  expect(textOf({ state: 'deferred', node: null, reason })).toMatch(/deferred +waits for an app/);
});

test('run lines: the run itself stands in the column of the tasks, colours take no room', () => {
  const whole = { taskId: null, mapIndex: null, attempt: null, node: null };
  expect(textOf({ ...whole, state: 'success' })).toBe('\u001b[1mrun\u001b[22m           success');
});
