import { describe, expect, it } from 'vitest';
import { layoutOf } from './layout.ts';
import { edgePath, nextNode } from './walk.ts';

const size = { width: 180, height: 40 };
const diamond = layoutOf({
  nodes: ['a', 'b', 'c', 'd'].map((id) => ({ id, ...size })),
  edges: [
    { from: 'a', to: 'b' },
    { from: 'a', to: 'c' },
    { from: 'b', to: 'd' },
    { from: 'c', to: 'd' },
  ],
});

describe('a walk through a graph by keys', () => {
  it('follows edges to the right and to the left', () => {
    const next = nextNode(diamond, 'a', 'right');
    expect(['b', 'c']).toContain(next);
    expect(nextNode(diamond, 'b', 'left')).toBe('a');
    expect(nextNode(diamond, 'd', 'right')).toBeUndefined();
  });

  it('goes up and down within a column', () => {
    expect([nextNode(diamond, 'b', 'down'), nextNode(diamond, 'b', 'up')]).toContain('c');
    expect(nextNode(diamond, 'a', 'down')).toBeUndefined();
  });

  it('begins at the first node', () => {
    expect(nextNode(diamond, null, 'down')).toBe('a');
  });
});

describe('the line of an edge', () => {
  it('is straight between points of one height, and a curve elsewhere', () => {
    const straight = edgePath([
      { x: 0, y: 5 },
      { x: 50, y: 5 },
    ]);
    expect(straight).toBe('M0 5H50');
    const curve = edgePath([
      { x: 0, y: 0 },
      { x: 40, y: 20 },
    ]);
    expect(curve).toBe('M0 0C20 0 20 20 40 20');
  });
});
