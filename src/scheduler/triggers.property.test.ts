import { describe, expect, it } from 'vitest';
import { dagId } from '../base/brand.ts';
import { below, SeededRandom } from '../base/random.ts';
import { anyEvent, anyTriggers } from './testing/any-events.ts';
import { Decider, rowsOf } from './testing/decider.ts';
import { asks, dagFacts, here, spec, task } from './testing/rows.ts';

const names = ['a', 'b', 'c'] as const;
const dags = names.map(dagId);

/** What a seed does: DAGs with triggers, and then events, pauses and time. */
function story(seed: number, newLeaders: boolean): readonly string[] {
  const random = new SeededRandom(seed);
  const facts = names.flatMap((name) => {
    // A task that nobody runs: runs stay alive, and what they told is told once.
    const content = spec({ t: task() }, { description: name, triggers: anyTriggers(random, dags) });
    return dagFacts(name, content);
  });
  const decider = new Decider(...facts);
  const started: string[] = [];
  for (let step = 0; step < 120; step++) {
    const kind = below(random, 10);
    const dag = dags[below(random, dags.length)] ?? dagId('a');
    const paused = below(random, 2) === 0;
    const event = anyEvent(random, { namespace: here, dags });
    decider.wait(below(random, 5_000));
    if (newLeaders) decider.board.rebuild();
    const woken = rowsOf('run', decider.wake().facts);
    const { facts: told } = decider.when(
      asks(
        kind === 0
          ? { kind: 'pause-dag', namespace: here, dagId: dag, paused }
          : { kind: 'outside-events', namespace: here, events: [event] },
      ),
    );
    for (const run of [...woken, ...rowsOf('run', told)]) {
      if (run?.status === 'queued') started.push(run.runId);
    }
  }
  return started;
}

describe('triggers, whatever comes', () => {
  it('start a run once, and the same runs whoever leads', () => {
    let runs = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const started = story(seed, false);
      expect(new Set(started).size, `seed ${seed}: no run twice`).toBe(started.length);
      expect(story(seed, true).toSorted(), `seed ${seed}: new leaders`).toEqual(started.toSorted());
      runs += started.length;
    }
    expect(runs).toBeGreaterThan(500);
  });
});
