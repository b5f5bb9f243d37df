/** One task of a version, as a DAG file says it. */
import type { RetryRule, TaskSpec } from '../../../../src/model/dag.ts';
import type { MapSpec } from '../../../../src/model/map.ts';
import type { Resources } from '../../../../src/model/resources.ts';
import { actionFile, type FileMap } from './spec-action.ts';
import { durationText, given, sizeText } from './spec-words.ts';

const milli = 1_000;
/** As the reader has them, unless a file says otherwise. */
const ofProcess: Resources = { cpu: 250, memory: 128 * 1024 * 1024, slots: 1 };
const inside: Resources = { slots: 1 };
const processes = ['shell', 'script', 'python', 'function', 'sql', 'docker'];
const retryDelayMs = 5 * 60_000;
/** Counted as they are; everything else in thousandths. */
const whole: ReadonlySet<string> = new Set(['memory', 'disk', 'slots']);

/** `map`: what it is mapped over by itself. */
export function taskFile(spec: TaskSpec, map: MapSpec | undefined): FileMap {
  return given({
    ...actionFile(spec),
    ...flowFile(spec, map),
    ...retryFile(spec),
    timeout: isTold(spec) || spec.timeoutMs === null ? undefined : durationText(spec.timeoutMs),
    ...placeFile(spec),
    ...sharedFile(spec),
  });
}

/** A task that is told waits for as long as `giveUp` says. */
const isTold = ({ action }: TaskSpec): boolean => action.kind === 'await';

const some = <T extends object>(value: T | undefined): T | undefined =>
  value === undefined || Object.keys(value).length === 0 ? undefined : value;

function flowFile(spec: TaskSpec, map: MapSpec | undefined): FileMap {
  const { role, repeat } = spec;
  return {
    dependsOn: some(spec.dependsOn.map((id) => nameIn(spec.group, id))),
    triggerRule: spec.triggerRule === 'all_success' ? undefined : spec.triggerRule,
    // The condition of a branch is what it does; its action says it.
    ...(spec.action.kind === 'branch' ? {} : { condition: spec.condition }),
    branch: spec.branches,
    ...mapFile(map),
    repeat:
      repeat === undefined
        ? undefined
        : given({
            ...{ until: repeat.until, max: repeat.max },
            delay: repeat.delayMs === 0 ? undefined : durationText(repeat.delayMs),
          }),
    delay: spec.delayMs === undefined ? undefined : durationText(spec.delayMs),
    sla: spec.slaMs === undefined ? undefined : durationText(spec.slaMs),
    produces: spec.produces,
    teardown: teardownFile(spec),
    failsRun: role?.kind === 'teardown' && role.failsRun ? true : undefined,
  };
}

/** Siblings are called by their own names. */
const nameIn = (group: string | undefined, id: string): string =>
  group !== undefined && id.startsWith(`${group}.`) ? id.slice(group.length + 1) : id;

/** Set-ups that are named are depended on as well; where they are not, they say it themselves. */
export const namesSetups = ({ role, dependsOn }: TaskSpec): boolean =>
  role?.kind === 'teardown' && role.setups.every((id) => dependsOn.includes(id));

const teardownFile = (spec: TaskSpec): unknown =>
  spec.role?.kind !== 'teardown' ? undefined : namesSetups(spec) ? spec.role.setups : true;

/** `forEach` and what goes with it, of a task or of a group. */
export function mapFile(map: MapSpec | undefined): FileMap {
  if (map === undefined) return {};
  const lists = Object.entries(map.over).map(([name, text]) => [name, listFile(text)] as const);
  const [first] = lists;
  const { spread } = map;
  return {
    forEach:
      first === undefined
        ? undefined
        : lists.length === 1 && first[0] === 'item'
          ? first[1]
          : Object.fromEntries(lists),
    spread:
      spread === undefined
        ? undefined
        : spread.kind === 'broadcast'
          ? 'broadcast'
          : { shards: spread.count },
    maxParallel: map.activeMax ?? undefined,
  };
}

/** A list that stood in the file is a list again. */
function listFile(text: string): unknown {
  if (!text.startsWith('[')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function retryFile(spec: TaskSpec): FileMap {
  return {
    retries: spec.retries === 0 ? undefined : spec.retries,
    retryDelay: spec.retryDelayMs === retryDelayMs ? undefined : durationText(spec.retryDelayMs),
    retryBackoff: spec.retryBackoff === 'fixed' ? undefined : spec.retryBackoff,
    maxRetryDelay: spec.retryDelayMsMax === null ? undefined : durationText(spec.retryDelayMsMax),
    retryJitter: spec.retryJitter ? true : undefined,
    retryOn: ruleFile(spec.retryOn),
    noRetryOn: ruleFile(spec.noRetryOn),
    idempotent: spec.idempotent ? undefined : false,
  };
}

const ruleFile = (rule: RetryRule | undefined): FileMap | undefined =>
  rule === undefined
    ? undefined
    : given({ exitCodes: rule.exitCodes ?? undefined, errors: rule.errors ?? undefined });

function placeFile(spec: TaskSpec): FileMap {
  const { action } = spec;
  const isPod = action.kind === 'kubernetes';
  const isProcess =
    processes.includes(action.kind) && !(spec.sensor !== undefined && action.kind !== 'shell');
  const usual = isPod ? {} : isProcess ? ofProcess : inside;
  const asked = isPod ? action.requests : spec.resources;
  const limits = isPod ? action.limits : spec.limits;
  return {
    resources: some(amountsFile(asked, usual)),
    limits: limits === undefined ? undefined : some(amountsFile(limits, {})),
    labels: some(spec.labels),
    nodePool: spec.nodePool,
    queue: spec.queue,
    tolerations: spec.tolerations?.map(({ key, value }) =>
      value === null ? { key } : { key, value },
    ),
    affinity: spec.affinity,
    maxConcurrency: spec.maxConcurrency,
    preemptible: spec.preemptible,
    priorityClass: spec.priorityClass,
  };
}

function amountsFile(amounts: Resources, usual: Resources): Readonly<Record<string, unknown>> {
  const said = Object.entries(amounts).filter(([name, amount]) => usual[name] !== amount);
  return Object.fromEntries(
    said.map(([name, amount]) => {
      if (name === 'memory' || name === 'disk') return [name, sizeText(amount)];
      return [name, whole.has(name) ? amount : amount / milli];
    }),
  );
}

function sharedFile(spec: TaskSpec): FileMap {
  const { rate } = spec;
  return {
    pool: spec.pool,
    poolSlots: spec.poolSlots,
    concurrency: spec.concurrency,
    rateLimit:
      rate === undefined
        ? undefined
        : { key: rate.key, max: rate.max, per: durationText(rate.perMs) },
    priority: spec.priority,
    connections: spec.connections,
    env: some(spec.env),
    cwd: spec.cwd ?? undefined,
    artifacts: spec.artifacts,
    inputs: inputsFile(spec),
  };
}

const inputsFile = ({ inputs }: TaskSpec): FileMap | undefined =>
  inputs === undefined
    ? undefined
    : Object.fromEntries(
        Object.entries(inputs).map(([path, { task, name }]) => [path, `${task}:${name}`]),
      );
