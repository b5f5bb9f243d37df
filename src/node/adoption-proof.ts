/**
 * How a peer and an executor that it has not started prove to each other that they belong together:
 * each answers the other's nonce with a MAC under the cluster's key, and what it says is part of
 * what it seals (mutual authentication as in ISO/IEC 9798-4). The key itself, and the configuration
 * with its secrets, never pass the socket.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ExecutorConfig } from './executor-link.ts';

/** Grows when a peer and an executor of different versions would misunderstand each other. */
export const adoptionProtocol = 1;

/** What must be the same for an executor to go on under another peer as if nothing had been. */
export interface Papers {
  readonly clusterName: string;
  readonly node: string;
  readonly version: string;
  /** Of its configuration; keyed, because there are secrets in it. */
  readonly digest: string;
}

/** The executor speaks first. */
export interface Challenge {
  readonly kind: 'challenge';
  readonly protocol: number;
  readonly nonce: string;
}

export interface Claim extends Papers {
  readonly kind: 'adopt';
  readonly nonce: string;
  /** The answer to the challenge. */
  readonly proof: string;
}

const nonceBytes = 24;

export const newNonce = (): string => randomBytes(nonceBytes).toString('hex');

export function papersOf(config: ExecutorConfig, version: string): Papers {
  const { clusterName, node, key } = config;
  // Each life has its own, and it says nothing about how an executor works.
  const said = stable({ ...config, incarnation: '' });
  return { clusterName, node, version, digest: mac(key, 'configuration', said) };
}

/** By the peer: that it has the key, for this challenge and this claim. */
export const proofOfPeer = (key: string, challenge: string, claim: Omit<Claim, 'proof'>): string =>
  mac(key, 'peer', stable([challenge, claim]));

/** By the executor: that it has the key, for this claim. */
export const proofOfExecutor = (key: string, nonces: readonly string[], said: unknown): string =>
  mac(key, 'executor', stable([nonces, said]));

/** In constant time. */
export function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const mac = (key: string, what: string, text: string): string =>
  createHmac('sha256', Buffer.from(key, 'hex'))
    .update(`skein adoption ${what}\n${text}`)
    .digest('hex');

/** JSON whose keys are in order, whoever wrote them down. */
const stable = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
