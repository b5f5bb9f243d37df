import { describe, expect, test } from 'vitest';
import { taskId } from '../base/brand.ts';
import { attemptId } from './testing/executor-story.ts';
import { findAttempt, workspaceOf } from './workspace.ts';

describe('workspace', () => {
  test('every attempt has a directory of its own', () => {
    const space = workspaceOf('/data', { id: attemptId('load', 4097), number: 2 });
    expect(space).toMatchObject({
      ok: true,
      value: {
        directory: '/data/attempts/default/run-1/load/0/2-4097',
        stdout: '/data/attempts/default/run-1/load/0/2-4097/stdout',
      },
    });
  });

  test.each(['..', '.', 'a/b', '', 'a\0b', '../../etc'])('%j names no directory', (name) => {
    const id = { ...attemptId('load', 1), taskId: taskId(name) };
    expect(workspaceOf('/data', { id, number: 1 })).toMatchObject({ ok: false });
  });

  test('an attempt is found by its number, and of two by the higher token', () => {
    const names = ['1-7', '2-90', '2-800', '22-9', 'junk', '2-x'];
    expect(findAttempt(names, 1)).toBe('1-7');
    expect(findAttempt(names, 2)).toBe('2-800');
    expect(findAttempt(names, 3)).toBeUndefined();
  });
});
