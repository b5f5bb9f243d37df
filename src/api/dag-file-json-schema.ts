/**
 * The JSON Schema of DAG files, for editors and for the OpenAPI document; made of the zod schema.
 */
import { z } from 'zod';
import { dagFileSchema } from './dag-file-schema.ts';

/** It has a name of its own, so that its references mean the same inside of another document. */
export const dagFileJsonSchema = (): Readonly<Record<string, unknown>> => ({
  $id: 'dag.json',
  ...z.toJSONSchema(dagFileSchema, { io: 'input', target: 'draft-2020-12' }),
  patternProperties: { '^x-': { description: 'Yours: for anchors and the like; not read.' } },
});

/** The text of `docs/schema/dag.json`; a test compares the two. */
export const dagFileJsonSchemaText = (): string =>
  `${JSON.stringify(dagFileJsonSchema(), null, 2)}\n`;
