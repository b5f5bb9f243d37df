/** `skein conn`: connections to what is outside. Secrets are read from files or standard input. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { contract } from '../../api/contract.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { type Place, reasonOf } from '../client.ts';
import {
  action,
  ask,
  askAll,
  collect,
  type Outcome,
  printJson,
  type Session,
  type Stage,
  usage,
} from '../command.ts';
import { exitCodes, type Failure } from '../exit-codes.ts';
import { agoText, table, tame } from '../format.ts';

interface SetOptions {
  readonly kind: string;
  readonly field: readonly string[];
  readonly secret: readonly string[];
  readonly description?: string;
  readonly [field: string]: unknown;
}

/** Fields that most kinds have, as options of their own. */
const ownOptions = {
  host: 'where the server is',
  port: 'on which port',
  database: 'which database',
  user: 'as whom',
  url: 'the address, without a password in it',
  file: 'the path of a SQLite file on the nodes',
} as const;

export function connectionCommands(program: Command, stage: Stage): void {
  const conn = program
    .command('conn')
    .description('connections with sealed secrets, given only to tasks that name them');
  const set = conn
    .command('set')
    .description('create a connection, or put another in its place')
    .argument('<name>', 'the name of the connection')
    .requiredOption('--kind <kind>', 'postgres, mysql, sqlite, http, smtp, s3, slack… or generic');
  for (const [name, text] of Object.entries(ownOptions)) set.option(`--${name} <value>`, text);
  set
    .option('--field <name=value>', 'any other field; repeat it', collect, [])
    .option('--secret <name=source>', 'from -, @FILE or env:VARIABLE; repeat it', collect, [])
    .option('--description <text>', 'what it is for')
    .addHelpText('after', secretHelp)
    .action(action<SetOptions>(stage, setConnection));
  conn.command('list').description('list the connections').action(action(stage, listAll));
  conn
    .command('show')
    .description('print a connection as JSON; secrets by their names')
    .argument('<name>', 'the name of the connection')
    .action(
      action(stage, async (session, _, [name = '']) => {
        const asked = { params: { name }, query: {} };
        const reply = await session.client.call(contract.getConnection, asked);
        return reply.ok ? printJson(session, reply.value.raw) : reply;
      }),
    );
  conn
    .command('delete')
    .description('delete a connection; tasks that name it fail until it is there again')
    .argument('<name>', 'the name of the connection')
    .action(
      action(stage, (session, _, [name = '']) =>
        ask(session, contract.deleteConnection, { params: { name }, query: {} }, () =>
          session.terminal.out(`${name}  deleted\n`),
        ),
      ),
    );
  conn
    .command('test')
    .description('try a connection from the node that answers')
    .argument('<name>', 'the name of the connection')
    .action(action(stage, (session, _, [name = '']) => test(session, name)));
  conn
    .command('rotate')
    .description('seal the secrets of all namespaces again with the first key of the node')
    .action(action(stage, rotate));
}

const secretHelp = `
A secret never stands on the command line, which other users of the machine can read:
  --secret password=-          from standard input, without the line end behind it
  --secret password=@FILE      from a file
  --secret password=env:NAME   from a variable of the environment`;

async function setConnection(
  session: Session,
  options: SetOptions,
  [name = '']: readonly string[],
): Promise<Outcome> {
  const fields = fieldsOf(options);
  if (!fields.ok) return fields;
  const secrets = await secretsOf(session, options.secret);
  if (!secrets.ok) return secrets;
  const { description } = options;
  const body = {
    // The node knows the kinds; what it does not know it refuses with a suggestion.
    ...{ kind: contract.putConnection.body.shape.kind.safeParse(options.kind).data },
    ...{ fields: fields.value, secrets: secrets.value },
    ...(description === undefined ? {} : { description }),
  };
  const { kind } = body;
  if (kind === undefined) {
    const known = contract.putConnection.body.shape.kind.options.join(', ');
    return usage(`"${options.kind}" is no kind of connection`, `Write one of ${known}.`);
  }
  const given = { params: { name }, query: {}, body: { ...body, kind } };
  return ask(session, contract.putConnection, given, (put) => {
    const { terminal } = session;
    const style = put.outcome === 'unchanged' ? 'gray' : 'green';
    terminal.out(`${put.name}  ${terminal.paint(style, put.outcome)}\n`);
  });
}

function fieldsOf(options: SetOptions): Result<Readonly<Record<string, string>>, Failure> {
  const fields: Record<string, string> = {};
  for (const name of Object.keys(ownOptions)) {
    const value = options[name];
    if (typeof value === 'string') fields[name] = value;
  }
  for (const text of options.field) {
    const at = text.indexOf('=');
    if (at < 1) return usage(`"${tame(text)}" is no field`, 'Write --field name=value.');
    fields[text.slice(0, at)] = text.slice(at + 1);
  }
  return ok(fields);
}

/** What a mistake holds may be a secret, so none is repeated. */
async function secretsOf(
  { terminal }: Session,
  asked: readonly string[],
): Promise<Result<Readonly<Record<string, string>>, Failure>> {
  const secrets: Record<string, string> = {};
  const said = asked.map((text) => {
    const at = text.indexOf('=');
    return { name: text.slice(0, Math.max(0, at)), source: at < 0 ? '' : text.slice(at + 1) };
  });
  if (said.filter(({ source }) => source === '-').length > 1) {
    return usage('one secret can come from standard input', 'Give the others as name=@FILE.');
  }
  for (const { name, source } of said) {
    const read = await readSecret(terminal, source);
    if (name === '' || read === undefined) {
      const detail = 'a --secret is not written as name=-, name=@FILE or name=env:VARIABLE';
      return usage(detail, 'Do not write a secret on the command line: others can read it there.');
    }
    if (!read.ok) return usage(`the secret ${name}: ${read.error}`, 'Check where it comes from.');
    secrets[name] = read.value;
  }
  return ok(secrets);
}

async function readSecret(
  terminal: Session['terminal'],
  source: string,
): Promise<Result<string, string> | undefined> {
  if (source === '-') return ok(withoutLineEnd(await terminal.readStdin()));
  if (source.startsWith('@')) {
    try {
      return ok(withoutLineEnd(readFileSync(source.slice(1), 'utf8')));
    } catch (error) {
      return fail(`the file cannot be read: ${reasonOf(error)}`);
    }
  }
  if (!source.startsWith('env:')) return undefined;
  const value = terminal.env[source.slice(4)];
  return value === undefined ? fail('there is no such variable') : ok(value);
}

const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');

function listAll(session: Session): Promise<Outcome> {
  const { client, terminal } = session;
  const call = (at: Place) => client.call(contract.listConnections, { params: {}, query: at });
  return askAll(session, call, (items) => {
    const rows = items.map((each) => [
      each.name,
      each.kind,
      tame(
        Object.entries(each.fields)
          .map((pair) => pair.join('='))
          .join(' '),
        60,
      ),
      each.secrets.join(','),
      agoText(each.updatedAt),
      each.updatedBy,
      tame(each.description, 60),
    ]);
    const headings = ['connection', 'kind', 'fields', 'secrets', 'changed', 'by', 'description'];
    terminal.out(
      table(terminal, headings, rows, 'No connections: make one with `skein conn set`.'),
    );
  });
}

/** Fails where it was tried in vain. */
async function test(session: Session, name: string): Promise<Outcome> {
  const { terminal, client } = session;
  const reply = await client.call(contract.testConnection, { params: { name }, query: {} });
  if (!reply.ok) return reply;
  const { reached, tookMs, detail } = reply.value.value;
  if (session.json) printJson(session, reply.value.raw);
  else {
    const word = reached === null ? 'not tried' : reached ? 'reached' : 'not reached';
    const style = reached === null ? 'gray' : reached ? 'green' : 'red';
    terminal.out(`${name}  ${terminal.paint(style, word)} (${tookMs} ms): ${tame(detail, 400)}\n`);
  }
  return ok(reached === false ? exitCodes.failure : exitCodes.ok);
}

const rotate = (session: Session): Promise<Outcome> =>
  ask(session, contract.rotateConnections, { params: {}, query: {} }, (reply) => {
    const { terminal } = session;
    const { key, resealed, unchanged, unopened } = reply;
    terminal.out(`key ${key}: ${resealed} sealed again, ${unchanged} as they were\n`);
    for (const place of unopened) {
      terminal.err(`${terminal.paint('yellow', 'not opened')} ${place}: no key of the node fits\n`);
    }
  });
