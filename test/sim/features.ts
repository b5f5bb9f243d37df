/**
 * What the workflows of a seed use, by name. As with faults, a seed knows some of it or all: a mix
 * of everything hides what two of them do together.
 */
import type { Random } from '../../src/base/ports.ts';
import { below } from '../../src/base/random.ts';

export const features = [
  'branch',
  'condition',
  'group',
  'map',
  'repeat',
  'wait',
  'sensor',
  'approval',
  'subdag',
  'teardown',
  'hook',
  'compensation',
  'gate',
  'sla',
  'retry-rule',
  'time',
  'event',
  'backfill',
  'operator',
  'version',
  'namespace',
  'quota',
  'placement',
  'limit',
  'order',
  'preemption',
  'drain',
] as const;

export type Feature = (typeof features)[number];

/** A third of the seeds have all of them, a third a few, a third about half. */
export function pickFeatures(random: Random): readonly Feature[] {
  const kind = below(random, 3);
  if (kind === 0) return features;
  const share = kind === 1 ? 0.15 : 0.5;
  return features.filter(() => random.fraction() < share);
}
