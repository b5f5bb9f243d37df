/**
 * Routes of connections. Secrets are sealed here, in the node that took the request: what goes on
 * from here to the leader, into the log and into the digest of the request holds boxes alone.
 */
import { contract } from '../api/contract.ts';
import { type Problem, problemOf, problemOfRefusal } from '../api/problems.ts';
import { keyMissing, type Vault } from '../api/vault.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { maskText, secretForms } from '../executor/secret-forms.ts';
import { type ConnectionRow, connectionProblem, type Sealed } from '../model/connection.ts';
import { connectionView } from '../model/views/connections.ts';
import { one, put, remove, rows, some } from './object-routes.ts';
import { type Door, route } from './route.ts';
import { submit } from './submit.ts';

export function connectionRoutes(door: Door): void {
  route(door, contract.putConnection, async (call) => {
    const { namespace, body } = call;
    const { name } = call.params;
    const { kind, description = '', fields = {}, secrets = {} } = body;
    const flaw = connectionProblem({ kind, fields, secretNames: Object.keys(secrets) });
    if (flaw !== undefined) return fail(problemOf('BODY_INVALID', flaw));
    const sealed = sealAll(door.vault, { namespace, name }, secrets);
    if (!sealed.ok) return sealed;
    const connection = { name, kind, description, fields, secrets: sealed.value };
    return put(door, call, { kind: 'put-connection', namespace, connection });
  });
  route(door, contract.getConnection, async ({ namespace, params }) =>
    one(await rows(door, 'connection', namespace), params.name, connectionView),
  );
  route(door, contract.listConnections, async ({ namespace, query }) =>
    some(await rows(door, 'connection', namespace), query, connectionView),
  );
  route(door, contract.deleteConnection, (call) => remove(door, call, 'connection'));
  const tries = { open: 0 };
  route(door, contract.testConnection, async ({ namespace, params: { name } }) => {
    const { index, value } = await rows(door, 'connection', namespace);
    const row = value.find((each) => each.name === name);
    if (row === undefined) {
      return fail(problemOf('OBJECT_NOT_FOUND', `there is no connection "${name}" here`));
    }
    const tried = await tryConnection(door, row, tries);
    return tried.ok ? ok({ index, value: { name, ...tried.value } }) : tried;
  });
  route(door, contract.rotateConnections, async () => {
    const done = await rotate(door);
    return done.ok ? ok({ index: door.service.reader.appliedIndex(), value: done.value }) : done;
  });
}

/** Tries at a time: each may wait long for who does not answer. */
const triesMax = 4;

type Tries = { open: number };
type Trial = { readonly reached: boolean | null; readonly tookMs: number; readonly detail: string };

async function tryConnection(
  { vault, tester }: Door,
  { namespace, name, kind, fields, secrets }: ConnectionRow,
  tries: Tries,
): Promise<Result<Trial, Problem>> {
  const opened: Record<string, string> = {};
  for (const [field, sealed] of Object.entries(secrets)) {
    const secret = vault.open({ namespace, name, field }, sealed);
    if (!secret.ok) return fail(problemOf('ENCRYPTION_KEY_MISSING', secret.error));
    opened[field] = secret.value;
  }
  if (tries.open >= triesMax) {
    return fail(problemOf('OVERLOADED', `this node tries ${triesMax} connections already`));
  }
  tries.open += 1;
  try {
    const tried = await tester.test(kind, { ...fields, ...opened });
    if (tried === undefined) {
      const detail = `connections of kind ${kind} are not tried`;
      return ok({ reached: null, tookMs: 0, detail });
    }
    const forms = secretForms(Object.values(opened)) ?? [];
    return ok({ ...tried, detail: maskText(tried.detail, forms) });
  } finally {
    tries.open -= 1;
  }
}

function sealAll(
  vault: Vault,
  place: Pick<ConnectionRow, 'namespace' | 'name'>,
  secrets: Readonly<Record<string, string>>,
): Result<Readonly<Record<string, Sealed>>, Problem> {
  const sealed: Record<string, Sealed> = {};
  for (const [field, secret] of Object.entries(secrets)) {
    const box = vault.seal({ ...place, field }, secret);
    if (!box.ok) return fail(problemOfRefusal(box.error));
    sealed[field] = box.value;
  }
  return ok(sealed);
}

interface Rotated {
  readonly key: string;
  readonly resealed: number;
  readonly unchanged: number;
  readonly unopened: readonly string[];
  readonly index: number;
}

/** One command for each connection, so that none is too large and each stands for itself. */
async function rotate(door: Door): Promise<Result<Rotated, Problem>> {
  const { vault, service } = door;
  if (vault.keyId === null) return fail(problemOfRefusal(keyMissing));
  const { index: seen, value } = await service.reader.look((state) => [
    ...state.allNamed('connection'),
  ]);
  const unopened: string[] = [];
  let [resealed, unchanged, index] = [0, 0, Number(seen)];
  for (const row of value) {
    const secrets = resealedOf(vault, row, unopened);
    if (Object.keys(secrets).length === 0) {
      unchanged += 1;
      continue;
    }
    const { namespace, name } = row;
    const command = { kind: 'reseal-connection', namespace, name, secrets } as const;
    const done = await submit(door, { requestId: null }, command);
    // One that was deleted in the meantime needs no new box.
    if (!done.ok && done.error.code !== 'OBJECT_NOT_FOUND') return done;
    if (!done.ok) continue;
    resealed += 1;
    index = Math.max(index, done.value.index);
  }
  return ok({ key: vault.keyId, resealed, unchanged, unopened, index });
}

type Change = { readonly from: Sealed; readonly to: Sealed };

/** What another key sealed, under the first one. */
function resealedOf(
  vault: Vault,
  row: ConnectionRow,
  unopened: string[],
): Readonly<Record<string, Change>> {
  const changes: Record<string, Change> = {};
  for (const [field, from] of Object.entries(row.secrets)) {
    if (from.key === vault.keyId) continue;
    const place = { namespace: row.namespace, name: row.name, field };
    const opened = vault.open(place, from);
    const to = opened.ok ? vault.seal(place, opened.value) : opened;
    if (to.ok) changes[field] = { from, to: to.value };
    else unopened.push(`${row.namespace}/${row.name}.${field}`);
  }
  return changes;
}
