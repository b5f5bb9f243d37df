import { describe, expect, it } from 'vitest';
import { ActorStage } from '../actors/testing/actor-stage.ts';
import { logIndex, type NodeId, nodeId } from '../base/brand.ts';
import { fail, ok } from '../base/result.ts';
import type { CommandRequest } from '../model/protocol.ts';
import { refusal } from '../model/refusal.ts';
import { type Answered, defaultGatewayTimes, Gateway, type GatewayMessage } from './gateway.ts';
import { request, startRun } from './testing/rows.ts';

function scene() {
  const stage = new ActorStage();
  const sent: { readonly to: NodeId; readonly request: CommandRequest }[] = [];
  const answers: Parameters<Answered>[0][] = [];
  const send = (to: NodeId, asked: CommandRequest): void => {
    sent.push({ to, request: asked });
  };
  const options = { ...defaultGatewayTimes, send };
  const ref = stage.system.spawn<GatewayMessage>(
    'gateway',
    (context) => new Gateway(context, options),
  );
  const tell = (...messages: readonly GatewayMessage[]): void => {
    for (const message of messages) ref.tell(message);
    stage.clock.advance(0);
  };
  tell();
  const submit = (asked = request(startRun('d'))): CommandRequest => {
    tell({ kind: 'submit', request: asked, done: (answer) => answers.push(answer) });
    return asked;
  };
  const answer = ({ requestId, bodyDigest }: CommandRequest): void => {
    const index = logIndex(7);
    const committed = ok({ reply: { kind: 'dag-deleted' } as const, index });
    const message = { kind: 'answer', requestId, bodyDigest, answer: committed, index } as const;
    tell({ kind: 'scheduler', message });
  };
  const refuse = ({ requestId, bodyDigest }: CommandRequest, kept: boolean): void => {
    const refused = fail(refusal('DAG_NOT_FOUND', 'there is none'));
    const message = { kind: 'answer', requestId, bodyDigest, answer: refused } as const;
    tell({ kind: 'scheduler', message: { ...message, index: logIndex(7), kept } });
  };
  const leads = (name: string): void => tell({ kind: 'leader', leader: nodeId(name) });
  return { stage, sent, answers, tell, submit, answer, refuse, leads };
}

describe('gateway', () => {
  it('G1: sends to the leader, and answers once however often the leader does', () => {
    const { sent, answers, submit, answer, leads } = scene();
    leads('s1');
    const asked = submit();
    expect(sent).toEqual([{ to: 's1', request: { ...asked, copy: 1 } }]);
    answer(asked);
    answer(asked);
    expect(answers).toHaveLength(1);
  });

  it('G3: a refusal of one of several copies counts only when it is remembered', () => {
    const { stage, answers, submit, refuse, leads } = scene();
    leads('s1');
    const once = submit();
    refuse(once, false);
    expect(answers).toHaveLength(1);
    const twice = submit();
    stage.clock.advance(150);
    refuse(twice, false);
    expect(answers).toHaveLength(1);
    refuse(twice, true);
    expect(answers).toHaveLength(2);
  });

  it('W18: repeats what got no answer, to whoever leads by then', () => {
    const { stage, sent, submit, leads } = scene();
    leads('s1');
    submit();
    stage.clock.advance(320);
    expect(sent.map(({ to }) => to)).toEqual(['s1', 's1', 's1']);
    leads('s2');
    expect(sent.at(-1)?.to).toBe('s2');
  });

  it('G2: without a leader nothing is sent, and NO_LEADER says so when patience ends', () => {
    const { stage, sent, answers, submit } = scene();
    submit();
    stage.clock.advance(16_000);
    expect(sent).toEqual([]);
    expect(answers).toMatchObject([{ ok: false, error: { code: 'NO_LEADER' } }]);
  });

  it('G2, P17: what was sent and not answered may have happened', () => {
    const { stage, answers, submit, leads } = scene();
    leads('s1');
    submit();
    stage.clock.advance(16_000);
    expect(answers).toMatchObject([{ ok: false, error: { code: 'OUTCOME_UNKNOWN' } }]);
  });

  it('what waited for a leader is sent as soon as there is one', () => {
    const { sent, submit, leads } = scene();
    submit();
    leads('s1');
    expect(sent).toHaveLength(1);
  });

  it('follows a hint to another leader, and does not run in circles without one', () => {
    const { sent, tell, submit, leads } = scene();
    leads('s1');
    const { requestId } = submit();
    const says = (leader: NodeId | undefined): void =>
      tell({ kind: 'scheduler', message: { kind: 'not-leader', requestId, leader } });
    says(undefined);
    says(nodeId('s1'));
    expect(sent).toHaveLength(1);
    says(nodeId('s2'));
    expect(sent.at(-1)?.to).toBe('s2');
  });

  it('the same request twice is one request with two answers; another body is a conflict', () => {
    const { sent, answers, submit, answer, leads } = scene();
    leads('s1');
    const asked = submit();
    submit(asked);
    expect(sent).toHaveLength(1);
    submit(request(startRun('d', 'mine'), asked.requestId));
    expect(answers).toMatchObject([{ ok: false, error: { code: 'IDEMPOTENCY_CONFLICT' } }]);
    answer(asked);
    expect(answers.map((each) => each.ok)).toEqual([false, true, true]);
  });

  it('W18: a late answer to an earlier request with the same key answers nobody', () => {
    const { answers, submit, answer, leads } = scene();
    leads('s1');
    const first = submit();
    answer(first);
    const second = submit(request(startRun('d', 'mine'), first.requestId));
    answer(first);
    expect(answers).toHaveLength(1);
    answer(second);
    expect(answers).toHaveLength(2);
  });

  it('a refusal of the scheduler reaches the client', () => {
    const { answers, tell, submit, leads } = scene();
    leads('s1');
    const { requestId, bodyDigest } = submit();
    const refused = fail(refusal('RUN_EXISTS', 'there is a run'));
    const about = { requestId, bodyDigest, index: logIndex(3) };
    const message = { kind: 'answer', ...about, answer: refused } as const;
    tell({ kind: 'scheduler', message });
    expect(answers).toEqual([refused]);
  });
});
