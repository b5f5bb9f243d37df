import type { Problem } from '../../../src/api/problems.ts';

/** No node has answered for as long as somebody would wait. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** A node refused: `problem` says what and why, as everywhere else. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}
