/**
 * What a peer does before it starts an executor: it looks whether one of its node lives, and adopts
 * it. Who cannot be adopted is waited for, and who does not even answer is killed.
 *
 * Invariant:
 *   A1  Two executors of one node never both run tasks: this ends with `nobody` only when the
 *       process that was the executor before is gone, and an executor moves in (`moveIn`) before
 *       it starts anything.
 */
import { connect, type Socket } from 'node:net';
import type { Trace } from '../base/trace.ts';
import { handOverMs } from './adoption-custody.ts';
import type { Adopted, Proven, Refused } from './adoption-door.ts';
import { Lines, lineOf } from './adoption-lines.ts';
import { executorAt, socketPath } from './adoption-place.ts';
import {
  adoptionProtocol,
  type Challenge,
  isSame,
  newNonce,
  type Papers,
  proofOfExecutor,
  proofOfPeer,
} from './adoption-proof.ts';
import { type Link, socketLink } from './executor-link.ts';

export type Found =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'adopted'; readonly link: Link; readonly said: Adopted }
  /** It lives and will not go; the reason is a sentence. */
  | { readonly kind: 'stuck'; readonly why: string };

export interface SeekOptions {
  readonly dataDir: string;
  /** Hex. */
  readonly key: string;
  readonly papers: Papers;
  readonly trace: Trace;
  /** It has to be waited for, and that is worth a word. */
  readonly waits: () => void;
  /** The node is asked to end: nobody is waited for any more. */
  readonly givesUp: () => boolean;
  /**
   * An executor that is busy may be slow to answer; one that stands still never does, and is killed
   * when it has been silent for so long.
   */
  readonly patience?: { readonly answerMs: number; readonly silentMs: number };
}

const lookEveryMs = 100;
const patienceDefault = { answerMs: 2_000, silentMs: 6_000 } as const;
/** It waits for its peer, then ends its tasks politely, and then it must be gone. */
const goneMsMax = handOverMs + 30_000;

export async function seekExecutor(options: SeekOptions): Promise<Found> {
  const { dataDir, trace, waits, givesUp, patience = patienceDefault } = options;
  const startedMs = performance.now();
  let silentSinceMs: number | undefined;
  for (let waited = false; ; waited = true) {
    const met = await meet(options, patience.answerMs);
    if (met !== 'nobody' && met !== 'silence' && met.kind === 'adopted') return met;
    const pid = executorAt(dataDir);
    if (pid === undefined) return { kind: 'nobody' };
    const nowMs = performance.now();
    if (givesUp() || nowMs - startedMs > goneMsMax) {
      const why = `process ${pid} was the executor of this node and does not end; stop it by hand`;
      return { kind: 'stuck', why };
    }
    silentSinceMs = met === 'silence' ? (silentSinceMs ?? nowMs - patience.answerMs) : undefined;
    if (silentSinceMs !== undefined && nowMs - silentSinceMs > patience.silentMs) {
      trace('warn', 'node.kills_executor', { pid });
      endProcess(pid);
      silentSinceMs = undefined;
    }
    if (!waited) {
      trace('warn', 'node.waits_for_executor', { pid, why: wordOf(met) });
      waits();
    }
    await new Promise((wake) => setTimeout(wake, lookEveryMs));
  }
}

type Met = Extract<Found, { kind: 'adopted' }> | Refused | 'nobody' | 'silence';

const wordOf = (met: Met): string =>
  typeof met === 'string' ? met : met.kind === 'refused' ? met.why : met.kind;

async function meet({ dataDir, key, papers }: SeekOptions, answerMs: number): Promise<Met> {
  const path = socketPath(dataDir);
  const socket = path === undefined ? undefined : await connected(path);
  if (socket === undefined) return 'nobody';
  const lines = new Lines(socket);
  const met = await present(lines, socket, { key, papers, answerMs });
  if (typeof met === 'string' || met.kind === 'refused') {
    socket.destroy();
    return met;
  }
  return { kind: 'adopted', said: met, link: socketLink(socket, lines) };
}

/** Shows its papers to whoever challenges it. */
async function present(
  lines: Lines,
  socket: Socket,
  { key, papers, answerMs }: Pick<SeekOptions, 'key' | 'papers'> & { readonly answerMs: number },
): Promise<Adopted | Refused | 'silence'> {
  const challenge = await lines.next(answerMs);
  if (!isChallenge(challenge)) return 'silence';
  if (challenge.protocol !== adoptionProtocol) return { kind: 'refused', why: 'stranger' };
  const claim = { kind: 'adopt', ...papers, nonce: newNonce() } as const;
  socket.write(lineOf({ ...claim, proof: proofOfPeer(key, challenge.nonce, claim) }));
  const answer = await lines.next(answerMs);
  if (!isAnswer(answer)) return 'silence';
  const { proof, ...said } = answer;
  if (said.kind === 'refused') return said;
  const expected = proofOfExecutor(key, [challenge.nonce, claim.nonce], said);
  return isSame(proof, expected) ? said : { kind: 'refused', why: 'stranger' };
}

/** Undefined: nobody listens there. */
function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went by itself meanwhile; the next look will tell.
  }
}

const kindOf = (said: unknown): unknown =>
  typeof said === 'object' && said !== null && 'kind' in said ? said.kind : undefined;

const isChallenge = (said: unknown): said is Challenge => kindOf(said) === 'challenge';

/** Of whoever holds the door: the proof says whether it may be believed. */
const isAnswer = (said: unknown): said is Proven<Adopted> | Proven<Refused> =>
  (kindOf(said) === 'adopted' || kindOf(said) === 'refused') &&
  typeof said === 'object' &&
  said !== null &&
  'proof' in said &&
  typeof said.proof === 'string';
