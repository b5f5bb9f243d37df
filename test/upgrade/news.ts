/** What only this version can say, asked of a node by HTTP. */
import type { LocalNode } from '../../cluster/local-cluster.ts';
import { until } from '../../cluster/problem.ts';

interface Ask {
  readonly method: 'PUT' | 'POST';
  readonly path: string;
  readonly type?: string;
  readonly text: string;
}

const dag = (id: string, lines: readonly string[]): Ask => ({
  method: 'PUT',
  path: `dags/${id}`,
  type: 'application/yaml',
  text: [`id: ${id}`, ...lines, ''].join('\n'),
});

/** By name. Each changes something whenever `count` is another one. */
const asks = (count: number): Readonly<Record<string, Ask>> => ({
  'a connection': {
    method: 'PUT',
    path: 'connections/shop',
    text: `{ "kind": "http", "fields": { "url": "http://localhost:${count}" } }`,
  },
  'a script': dag('scripted', [
    `description: round ${count}`,
    'tasks: { only: { type: script, interpreter: sh, code: "true" } }',
  ]),
  'a broadcast': dag('everywhere', [
    `description: round ${count}`,
    'tasks: { all: { type: shell, spread: broadcast, command: "true" } }',
  ]),
});

let rounds = 0;

/** Asks a node for all of them and tells what each came to: `done`, or the code of the refusal. */
export async function askForNews({ api }: LocalNode): Promise<Readonly<Record<string, string>>> {
  rounds += 1;
  const answers: Record<string, string> = {};
  for (const [name, { method, path, type = 'application/json', text }] of Object.entries(
    asks(rounds),
  )) {
    answers[name] = await answerOf(`${api.url}/api/v1/${path}`, {
      method,
      headers: { 'content-type': type },
      body: text,
    });
  }
  return answers;
}

/** What every kind of news came to. */
export const everyNews = (answer: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(asks(1)).map((name) => [name, answer]));

/** Asked again while nobody says what came of it: a leader may have gone meanwhile. */
async function answerOf(url: string, request: RequestInit): Promise<string> {
  return until('an answer', { withinMs: 90_000, everyMs: 200 }, async () => {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(30_000) });
    if (response.ok) return 'done';
    const problem: unknown = await response.json();
    if (response.status > 500) return undefined;
    const isProblem = typeof problem === 'object' && problem !== null && 'code' in problem;
    return isProblem ? String(problem.code) : `HTTP ${response.status}`;
  });
}
