import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { Wire } from '../../actors/wire.ts';
import { incarnation, namespace, nodeId, runId, taskId, token } from '../../base/brand.ts';
import type { LogFound, LogSearch } from '../../model/protocol.ts';
import { MemoryFiles } from '../memory-files.ts';
import type { ScanJob } from './scan-files.ts';
import { LogSearcher, searchLimits } from './search.ts';

const clock = new VirtualClock();

/** A searcher over files in memory; scans find the names of their files, when the test says so. */
function given() {
  const files = new MemoryFiles(clock);
  const answers: LogFound[] = [];
  const scans: { readonly job: ScanJob; readonly finish: () => void }[] = [];
  const wire: Wire = {
    self: { node: nodeId('n1'), side: 'executor', incarnation: incarnation('e') },
    send: (_to, _inbox, _lane, message) => answers.push(message as LogFound),
    listen: () => ({ cancel: () => {} }),
  };
  const scan: ConstructorParameters<typeof LogSearcher>[0]['scan'] = (job, done) => {
    const finish = (): void => {
      const found = job.files.map(({ path }) => [
        { line: 1, offset: 0, text: path, before: [], after: [] },
      ]);
      done({ found, isCut: false });
    };
    scans.push({ job, finish });
  };
  const searcher = new LogSearcher({ wire, files, dataDir: '/data', scan });
  const write = (root: string, place: string, stream: string, text: string): void => {
    files.makeDirectory(`/data/${root}/default/${place}`, () => {});
    files.print(`/data/${root}/default/${place}/${stream}`, text);
  };
  const ask = (more: Partial<LogSearch> = {}): void => {
    searcher.take(
      {
        ...{ kind: 'log-search', requestId: 's', namespace: namespace('default') },
        ...{ runIds: [runId('r1')], limit: 10 },
        query: { text: 'x', isPattern: false, ignoreCase: false, context: 0 },
        ...more,
      },
      nodeId('n2'),
    );
    clock.advance(0);
  };
  const settle = (): void => {
    for (const { finish } of scans.splice(0)) finish();
    clock.advance(0);
  };
  const found = () => answers.flatMap(({ matches }) => matches.map(({ text }) => text));
  return { write, ask, settle, found, answers, scans };
}

test('search: the streams of the runs that are asked for, and no others', () => {
  const { write, ask, settle, found, answers } = given();
  write('attempts', 'r1/a/0/1-1', 'stdout', 'x');
  write('attempts', 'r1/b/0/2-7', 'stderr', 'x');
  write('attempts', 'r2/a/0/1-3', 'stdout', 'x');
  write('log-copies', 'r1/c/0/1-4', 'stdout', 'x');
  ask();
  settle();
  expect(found().filter((path) => path.includes('/r2/') || path.includes('copies'))).toEqual([]);
  expect(answers[0]?.tokens.toSorted()).toEqual([1, 7]);
  ask({ taskId: taskId('b') });
  settle();
  expect(answers[1]?.tokens).toEqual([7]);
  expect(answers[1]?.matches[0]).toMatchObject({ id: { taskId: 'b', token: 7 }, attempt: 2 });
});

test('search: of copies those whose node did not answer', () => {
  const { write, ask, settle, answers } = given();
  write('log-copies', 'r1/a/0/1-4', 'stdout', 'x');
  write('log-copies', 'r1/b/0/1-5', 'stdout', 'x');
  ask({ copiesOf: [token(5)] });
  settle();
  expect(answers[0]?.tokens).toEqual([5]);
});

test('search: few at a time, and of too many each still gets an answer', () => {
  const { write, ask, settle, answers, scans } = given();
  write('attempts', 'r1/a/0/1-1', 'stdout', 'x');
  const asked = searchLimits.atATime + searchLimits.waiting + 3;
  for (let count = 0; count < asked; count++) ask();
  expect(scans.length).toBe(searchLimits.atATime);
  expect(answers.length).toBe(3);
  expect(answers[0]).toMatchObject({ matches: [], isCut: true });
  while (scans.length > 0) settle();
  expect(answers.length).toBe(asked);
});

test('search: names that lead elsewhere lead nowhere', () => {
  const { ask, scans, answers } = given();
  ask({ runIds: [runId('..')] });
  expect(scans).toEqual([]);
  expect(answers).toMatchObject([{ matches: [], tokens: [], isCut: false }]);
});
