/** Tasks that are code of their authors: scripts, Python, functions. */
import { z } from 'zod';
import type { FunctionAction, PythonAction, ScriptAction } from '../model/code-action.ts';
import type { Json } from '../model/json.ts';
import { bounded, describe, exactlyOne, json } from './dag-file-kit.ts';
import { dagFileLimits as most } from './dag-file-limits.ts';
import { scalarText } from './schema-kit.ts';

const code = z
  .string()
  .min(1)
  .max(most.commandCharacters)
  .meta(describe('Taken as it is: there are no templates in it.'));
const file = z.string().min(1).max(4096).meta(describe('A path on the executing node.'));
const args = z.array(scalarText(most.commandCharacters)).max(most.args);
const word = z.string().min(1).max(4096);

/** JSON that becomes an argument; texts in it may be templates. */
const argument = json.refine(
  (value) => JSON.stringify(value).length <= most.commandCharacters,
  `is too long: at most ${most.commandCharacters} characters as JSON`,
);

export const script = {
  type: z.literal('script'),
  interpreter: z
    .union([word, z.array(word).min(1).max(50)])
    .transform((value) => [value].flat())
    .meta(describe('The program that reads the code, with its own arguments: [ruby, -w].')),
  code: code.optional(),
  file: file.optional(),
  args: args.optional().meta(describe('Arguments of the code.')),
};

export const python = {
  type: z.literal('python'),
  script: z
    .string()
    .min(1)
    .max(most.commandCharacters)
    .optional()
    .meta(describe('Code, given to python3.')),
  file: file.optional(),
  callable: z
    .string()
    .max(1000)
    .regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, {
      error: 'write a function as module:function, as in warehouse.loads:orders',
    })
    .optional()
    .meta(describe('A function, as module:function; what it returns is the output.')),
  args: z
    .array(argument)
    .max(most.args)
    .optional()
    .meta(describe('Arguments: texts, and of a `callable` any JSON.')),
  kwargs: bounded(z.record(z.string().regex(/^[A-Za-z_]\w{0,249}$/), argument), most.args)
    .optional()
    .meta(describe('Named arguments of a `callable`.')),
};

export const functionTask = {
  type: z.literal('function'),
  code: code.optional(),
  file: file.optional(),
  export: z
    .string()
    .regex(/^[A-Za-z_$][\w$]{0,249}$/, 'this is not the name of an export')
    .optional()
    .meta(describe('The name under which the module exports the function (default).')),
  input: argument.optional().meta(describe('Its first argument; the second is the context.')),
  reuse: z
    .boolean()
    .optional()
    .meta(
      describe(
        'Calls may share a process, one after the other: what the module keeps in memory stays.',
      ),
    ),
};

type Said<S extends z.core.$ZodShape> = z.output<z.ZodObject<S>>;

export const hasOneSource = exactlyOne(['code', 'file']);
export const oneSource = { error: 'give either `code` or `file` (a path)' };

const hasPythonSource = exactlyOne(['script', 'file', 'callable']);
const isScalar = (value: unknown): boolean => typeof value !== 'object';

/** A python task is one of three things, and only a callable takes more than texts. */
export function checkPython(task: Said<typeof python>, context: z.RefinementCtx): void {
  const refuse = (message: string, path: readonly PropertyKey[] = []): void =>
    context.addIssue({ code: 'custom', message, path: [...path] });
  if (!hasPythonSource(task)) {
    refuse(
      'a python task has one of `script` (code), `file` (a path) and `callable` (module:function)',
    );
  }
  if (task.callable !== undefined) return;
  if (task.kwargs !== undefined) refuse('`kwargs` goes with `callable`', ['kwargs']);
  for (const [at, value] of (task.args ?? []).entries()) {
    if (!isScalar(value)) refuse('an argument of a script is a text', ['args', at]);
  }
}

export const scriptAction = (task: Said<typeof script>): ScriptAction => ({
  kind: 'script',
  interpreter: task.interpreter,
  code: task.code ?? null,
  file: task.file ?? null,
  args: task.args ?? [],
});

export function pythonAction(task: Said<typeof python>): PythonAction {
  const { callable: name, script: text, args: given = [], kwargs = {} } = task;
  const source = { kind: 'python', code: text ?? null, file: task.file ?? null } as const;
  if (name === undefined) return { ...source, args: given.map(textOf) };
  return { ...source, args: [], callable: { name, args: given, kwargs } };
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : String(value));

export const functionAction = (task: Said<typeof functionTask>): FunctionAction => ({
  kind: 'function',
  code: task.code ?? null,
  file: task.file ?? null,
  export: task.export ?? 'default',
  input: task.input ?? null,
  ...(task.reuse === true && { reuse: true }),
});
