import { describe, expect, it } from 'vitest';
import {
  dagId,
  logIndex,
  namespace,
  requestId,
  runId,
  versionId,
  wallMs,
} from '../../../src/base/brand.ts';
import { fail, ok } from '../../../src/base/result.ts';
import type { Command, CommandReply } from '../../../src/model/command.ts';
import { requestFact } from '../../../src/model/fact.ts';
import type { RefusalCode } from '../../../src/model/refusal.ts';
import { Chronicle } from '../chronicle.ts';
import type { Asked } from '../clients.ts';
import { optionsOf } from '../options.ts';
import { Timeline } from '../timeline.ts';
import type { Scene } from './checker.ts';
import { judgeClients } from './linear.ts';
import { LinearReads } from './linear-reads.ts';

const space = namespace('default');
const dag = { namespace: space, dagId: dagId('dag0') };
const run = { namespace: space, runId: runId('r1') };
const start: Command = {
  ...{ kind: 'start-run', ...dag, runId: null, logicalDate: null, params: {}, priority: null },
};
const cancel: Command = { kind: 'cancel-run', ...run };
const pause = (paused: boolean): Command => ({ kind: 'pause-dag', ...dag, paused });
const started: CommandReply = { kind: 'run-started', runId: run.runId };

/** What clients did, step by step, and what the judge says of it. */
class Story {
  readonly #chronicle = new Chronicle();
  readonly #asked: Asked[] = [];
  readonly #linear = new LinearReads(new Timeline());
  #nowMs = 0;

  answered(command: Command, reply: CommandReply): this {
    return this.#add(command, ok({ reply, index: logIndex(1) }));
  }

  refused(command: Command, code: RefusalCode): this {
    return this.#add(command, fail({ code, detail: '' }));
  }

  unanswered(command: Command): this {
    return this.#add(command, undefined);
  }

  /** The log says that the newest request took effect. */
  recorded(reply: CommandReply): this {
    const row = { bodyDigest: '', answer: ok(reply), expiresAt: wallMs(1) };
    this.#chronicle.state.apply(
      requestFact({ ...row, requestId: requestId(`key-${this.#asked.length}`) }),
    );
    return this;
  }

  seesDag(paused: boolean): this {
    const seen = { versionId: versionId('v1'), paused };
    this.#linear.dags.push({ ...this.#times(), what: { kind: 'dag', ...dag }, seen });
    return this;
  }

  seesRun(status: 'queued' | 'running' | 'success' | null): this {
    const seen = status === null ? null : { status, generation: 1 };
    this.#linear.runs.push({ ...this.#times(), what: { kind: 'run', ...run }, seen });
    return this;
  }

  get violations(): readonly string[] {
    const found: string[] = [];
    const scene: Scene = {
      options: optionsOf(1, 1),
      nodes: [],
      chronicle: this.#chronicle,
      effects: null as never,
      nowMs: this.#nowMs,
      violate: (invariant) => found.push(invariant),
      saw: () => {},
    };
    judgeClients(scene, { asked: this.#asked, linear: this.#linear });
    return found;
  }

  #times() {
    this.#nowMs += 10;
    return { node: 'n1', callMs: this.#nowMs, returnMs: this.#nowMs + 5 };
  }

  #add(command: Command, answer: Asked['answer']): this {
    const { callMs, returnMs } = this.#times();
    const id = requestId(`key-${this.#asked.length + 1}`);
    const answeredMs = answer === undefined ? undefined : returnMs;
    this.#asked.push({ id, command, answer, sent: 1, calledMs: callMs, answeredMs });
    return this;
  }
}

const applied = (): Story => {
  const command = { kind: 'apply-dag', ...dag, versionId: versionId('v1'), spec: null as never };
  return new Story().answered(command as Command, { kind: 'dag-applied', outcome: 'created' });
};

describe('sim: the judge of the clients (W31)', () => {
  it('what one DAG and one run would have said passes', () => {
    const story = applied()
      .answered(pause(true), { kind: 'dag-paused', paused: true })
      .seesDag(true)
      .answered(start, started)
      .seesRun('queued')
      .seesRun('success')
      .refused(cancel, 'RUN_ENDED')
      .refused(start, 'DAG_NOT_FOUND');
    expect(story.violations).toEqual([]);
  });

  it('a write that was acknowledged and forgotten is seen', () => {
    const story = applied().answered(pause(true), { kind: 'dag-paused', paused: true });
    expect(story.seesDag(false).violations).toEqual(['W31']);
  });

  it('a stale read of a run is seen', () => {
    expect(applied().answered(start, started).seesRun(null).violations).toEqual(['W31']);
    const story = applied().answered(start, started).seesRun('running').seesRun('queued');
    expect(story.violations).toEqual(['W31']);
  });

  it('a refusal that is not true is seen', () => {
    const story = applied().answered(start, started).seesRun('running');
    expect(story.refused(cancel, 'RUN_NOT_FOUND').violations).toEqual(['W31']);
  });

  it('a request without an answer happened if the log has it, and else it did not', () => {
    const paused = { kind: 'dag-paused', paused: true } as const;
    expect(applied().unanswered(pause(true)).recorded(paused).seesDag(true).violations).toEqual([]);
    expect(applied().unanswered(pause(true)).seesDag(true).violations).toEqual(['W31']);
    expect(applied().unanswered(pause(true)).seesDag(false).violations).toEqual([]);
  });

  it('a run that a schedule made has a history as well', () => {
    expect(applied().seesRun(null).seesRun('running').violations).toEqual([]);
    expect(applied().seesRun('running').seesRun(null).violations).toEqual(['W31']);
  });
});
