/**
 * The executor's door: the socket by which a peer that has not started it may adopt it. Whoever
 * comes is challenged, and has to prove that it knows the key of the cluster, and its node.
 *
 * Owns the socket. Does not own who may adopt (`Custody`), or the link once it is made.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Trace } from '../base/trace.ts';
import type { Fit } from './adoption-custody.ts';
import { Lines, lineOf } from './adoption-lines.ts';
import { fileAt, moveIn, socketPath } from './adoption-place.ts';
import {
  adoptionProtocol,
  type Challenge,
  type Claim,
  isSame,
  newNonce,
  type Papers,
  proofOfExecutor,
  proofOfPeer,
} from './adoption-proof.ts';
import { type ExecutorWays, type Link, socketLink } from './executor-link.ts';

/** What an executor that was adopted says of itself. */
export interface Adopted extends ExecutorWays {
  readonly kind: 'adopted';
  readonly fit: Fit;
  readonly pid: number;
  readonly incarnation: string;
}

/** `try-again`: it is starting, ending, or has a peer. `stranger`: the claim proves nothing. */
export interface Refused {
  readonly kind: 'refused';
  readonly why: 'try-again' | 'stranger';
}

/** The proof that the answer comes from somebody who knows the key. */
export type Proven<T> = T & { readonly proof: string };

export interface DoorOptions {
  readonly dataDir: string;
  /** Hex. */
  readonly key: string;
  readonly papers: Papers;
  readonly trace: Trace;
  /** Decides about somebody who has proven to be of this node; undefined: try again. */
  readonly claimed: (papers: Papers) => Adopted | undefined;
  /** The peer that was let in. */
  readonly entered: (link: Link) => void;
}

export interface Door {
  /** Whether its socket is where a peer would look for it. */
  readonly isFindable: boolean;
}

/** Who does not speak for so long is sent away. */
const claimMsMax = 2_000;
const strangersMax = 16;

/** Undefined: there can be none here, and the trace says why. */
export function openDoor(options: DoorOptions): Promise<Door | undefined> {
  const { dataDir, trace } = options;
  return new Promise((resolve) => {
    const impossible = (why: string): void => {
      trace('warn', 'executor.not_adoptable', { why });
      resolve(undefined);
    };
    const path = socketPath(dataDir);
    const movedIn = moveIn(dataDir);
    if (!movedIn.ok) return impossible(movedIn.error);
    if (path === undefined) return impossible(`the path of ${dataDir} is too long for a socket`);
    const server = createServer((socket) => void receive(socket, options));
    server.maxConnections = strangersMax;
    // It stays: a claim that could not be received later on must not end this process.
    server.on('error', (error) => impossible(error.message));
    server.listen(path, () => resolve(doorAt(server, path)));
  });
}

function doorAt(server: Server, path: string): Door {
  chmodSync(path, 0o600);
  // The link keeps the process alive, or the wait for one does.
  server.unref();
  const own = fileAt(path);
  // Whoever copies a data directory is not to stumble over a socket.
  process.once('exit', () => {
    if (fileAt(path) === own) rmSync(path, { force: true });
  });
  return {
    get isFindable() {
      return fileAt(path) === own;
    },
  };
}

async function receive(socket: Socket, options: DoorOptions): Promise<void> {
  const { key, papers, trace, claimed, entered } = options;
  const lines = new Lines(socket);
  const nonce = newNonce();
  const challenge: Challenge = { kind: 'challenge', protocol: adoptionProtocol, nonce };
  socket.write(lineOf(challenge));
  const said = await lines.next(claimMsMax);
  const claim = isClaim(said) && isProven(said, nonce, { key, papers }) ? said : undefined;
  const answer =
    claim === undefined ? refused('stranger') : (claimed(claim) ?? refused('try-again'));
  const proof = proofOfExecutor(key, [nonce, claim?.nonce ?? ''], answer);
  socket.write(lineOf({ ...answer, proof } satisfies Proven<Adopted | Refused>));
  if (answer.kind === 'adopted') {
    trace('info', 'executor.adopted', { fit: answer.fit });
    entered(socketLink(socket, lines));
  } else {
    trace('warn', 'executor.not_adopted', { why: answer.why });
    socket.end();
  }
}

const refused = (why: Refused['why']): Refused => ({ kind: 'refused', why });

function isProven(
  { proof, ...claim }: Claim,
  challenge: string,
  { key, papers }: Pick<DoorOptions, 'key' | 'papers'>,
): boolean {
  const isOurs = claim.node === papers.node && claim.clusterName === papers.clusterName;
  return isSame(proof, proofOfPeer(key, challenge, claim)) && isOurs;
}

const claimTexts = ['clusterName', 'node', 'version', 'digest', 'nonce', 'proof'] as const;

const isClaim = (said: unknown): said is Claim =>
  typeof said === 'object' &&
  said !== null &&
  'kind' in said &&
  said.kind === 'adopt' &&
  claimTexts.every((name) => name in said && typeof Reflect.get(said, name) === 'string');
