/** Params in a DAG file, and the fields of an approval, which are the same thing. */
import { z } from 'zod';
import type { ParamSpec } from '../model/dag.ts';
import { linearRegex } from '../model/linear-regex.ts';
import { paramMismatch } from '../model/params.ts';
import { bounded, describe, description, named, paramValue } from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import type { Remark } from './remark.ts';
import { idText, strict } from './schema-kit.ts';
import type { Path } from './source-document.ts';

const scalar = z.union([z.string().max(most.paramCharacters), z.number(), z.boolean()]);
const length = z.int().min(0).max(most.paramCharacters);

const param = strict({
  type: z.enum(['string', 'number', 'integer', 'boolean', 'date', 'datetime', 'array', 'object']),
  default: paramValue
    .optional()
    .meta(describe('Without it the param must be given; null: it may be null.')),
  enum: z.array(scalar).min(1).max(most.enumValues).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: length.optional().meta(describe('In characters, or in elements.')),
  maxLength: length.optional(),
  pattern: z
    .string()
    .max(1_000)
    .optional()
    .meta(describe('A regular expression (RE2) for the whole value.')),
  description: description.optional(),
}).meta(named('param'));
export type DagFileParam = z.output<typeof param>;

export const params = bounded(z.record(idText('a param'), param), most.params);
export const formFields = bounded(z.record(idText('a field'), param), most.formFields);

export function paramSpecs(
  declared: Readonly<Record<string, DagFileParam>> | undefined,
): Readonly<Record<string, ParamSpec>> {
  const specs: Record<string, ParamSpec> = {};
  for (const [name, value] of Object.entries(declared ?? {})) specs[name] = paramSpec(value);
  return specs;
}

function paramSpec(param: DagFileParam): ParamSpec {
  const { minimum, maximum, minLength, maxLength, pattern } = param;
  return {
    type: param.type,
    default: param.default ?? null,
    ...(param.default === null ? { nullable: true } : {}),
    enum: param.enum ?? null,
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(param.description === undefined ? {} : { description: param.description }),
  };
}

/** Limits that do not go with the type, and values that break their own declaration. */
export function paramRemarks(
  declared: Readonly<Record<string, DagFileParam>> | undefined,
  at: Path,
): readonly Remark[] {
  const remarks: Remark[] = [];
  for (const [name, param] of Object.entries(declared ?? {})) {
    const remark = (path: Path, message: string): void => {
      remarks.push({ code: 'DAG_INVALID', path: [...at, name, ...path], message });
    };
    limitRemarks(param, remark);
    valueRemarks(param, remark);
  }
  return remarks;
}

type Tell = (path: Path, message: string) => void;

/** Which types a limit means something for. */
const limitTypes: Readonly<Record<string, readonly DagFileParam['type'][]>> = {
  minimum: ['number', 'integer'],
  maximum: ['number', 'integer'],
  minLength: ['string', 'array'],
  maxLength: ['string', 'array'],
  pattern: ['string'],
  enum: ['string', 'number', 'integer', 'boolean', 'date', 'datetime'],
};

function limitRemarks(param: DagFileParam, tell: Tell): void {
  for (const [key, types] of Object.entries(limitTypes)) {
    if (!Object.hasOwn(param, key) || types.includes(param.type)) continue;
    tell([key], `goes with ${types.join(', ')}, not with ${param.type}`);
  }
  const { minimum, maximum, minLength, maxLength, pattern } = param;
  if (minimum !== undefined && maximum !== undefined && maximum < minimum) {
    tell(['maximum'], `is less than \`minimum\`, ${minimum}`);
  }
  if (minLength !== undefined && maxLength !== undefined && maxLength < minLength) {
    tell(['maxLength'], `is less than \`minLength\`, ${minLength}`);
  }
  if (pattern === undefined) return;
  const regex = linearRegex(pattern);
  if (!regex.ok) tell(['pattern'], regex.error);
}

function valueRemarks(param: DagFileParam, tell: Tell): void {
  const spec = paramSpec(param);
  const free: ParamSpec = { type: spec.type, default: null, enum: null };
  for (const [place, value] of (param.enum ?? []).entries()) {
    const wrong = paramMismatch(free, value);
    if (wrong !== undefined) tell(['enum', place], wrong);
  }
  if (param.default === undefined || param.default === null) return;
  const pattern = spec.pattern === undefined || linearRegex(spec.pattern).ok;
  const wrong = pattern ? paramMismatch(spec, param.default) : undefined;
  if (wrong !== undefined) tell(['default'], wrong);
}
