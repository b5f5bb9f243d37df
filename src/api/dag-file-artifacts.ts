/** What tasks leave to others and are given, as files: the keys `artifacts` and `inputs`. */
import { z } from 'zod';
import { artifactLimits, artifactNamePattern, pathFlaw } from '../model/artifact.ts';
import { largeOutput } from '../model/output.ts';
import { bounded, describe } from './dag-file-kit.ts';

const path = z.string().check((context) => {
  const flaw = pathFlaw(context.value);
  if (flaw === undefined) return;
  const message = `"${context.value}" ${flaw}`;
  context.issues.push({ code: 'custom', message, input: context.value });
});

const name = z
  .string()
  .regex(
    artifactNamePattern,
    'an artifact is named by 1 to 64 of letters, digits, "_", "." and "-"',
  )
  .refine((text) => text !== largeOutput.name, 'this is the name of outputs that are large');

const source = z
  .string()
  .regex(/^[^:]{1,250}:[^:]{1,64}$/, 'write task:artifact, as in train:model')
  .meta(describe('An artifact of a task upstream, as task:artifact.'));

/** Of tasks whose working directory is on the node. */
export const artifactKeys = {
  artifacts: bounded(z.record(name, path), artifactLimits.ofTask)
    .optional()
    .meta(describe('Files and folders that its success leaves to others: by name, paths.')),
  inputs: bounded(z.record(path, source), artifactLimits.ofTask)
    .optional()
    .meta(describe('Artifacts of tasks upstream that it is given: by path, task:artifact.')),
};
