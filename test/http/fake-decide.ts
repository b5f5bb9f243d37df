/** Decides on a command as a leader would, alone: with the real decisions, without a log. */
import type { Submission } from '../../src/api/service.ts';
import { type LogIndex, nodeId, requestId, term, type WallMs } from '../../src/base/brand.ts';
import type { Result } from '../../src/base/result.ts';
import type { CommandReply } from '../../src/model/command.ts';
import type { EndedRun } from '../../src/model/ended-run.ts';
import { runKey } from '../../src/model/keys.ts';
import type { WatchEvent } from '../../src/model/reading.ts';
import type { Refusal } from '../../src/model/refusal.ts';
import type { State } from '../../src/model/state.ts';
import { Board } from '../../src/scheduler/board.ts';
import { decide } from '../../src/scheduler/decide.ts';
import { namedRun } from '../../src/scheduler/named-run.ts';
import { Turn } from '../../src/scheduler/turn.ts';

export function decideAlone(
  { command, by }: Submission,
  world: {
    readonly state: State;
    readonly ended: ReadonlyMap<string, EndedRun>;
    readonly index: LogIndex;
    readonly at: WallMs;
  },
): { readonly event: WatchEvent; readonly answer: Result<CommandReply, Refusal> } {
  const { state, index, at } = world;
  const turn = new Turn({ state, board: new Board(state) }, { term: term(1), index, at });
  const named = namedRun(command, state);
  const ended = named && world.ended.get(runKey(named.namespace, named.runId));
  const request = { kind: 'command', requestId: requestId(`fake-${index}`), by, command } as const;
  const asked = { ...request, bodyDigest: '', rememberMs: 1 };
  decide(turn, { kind: 'command', gateway: nodeId('n1'), request: asked, ended: ended ?? null });
  const event = { index, record: { version: 2, at, decisions: turn.decisions } };
  return { event, answer: turn.effects.find((effect) => effect.kind === 'answer')!.answer };
}
