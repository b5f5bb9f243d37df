/**
 * Large answers in small steps: a view or a text of ten thousand rows takes a tenth of a second,
 * and between two steps the node hears its heartbeats.
 */

/** So long others wait at most; then they have their turn. */
const stretchMs = 8;

/** Takes all steps, with a rest whenever a stretch has been long enough. */
export async function inSteps<T>(steps: Iterator<undefined, T>): Promise<T> {
  let began = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - began < stretchMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}

/** Elements of a list that become text in one step. */
const elementsPerStep = 250;

/** The text that `JSON.stringify` makes; the long lists of an object in steps. */
export function* jsonSteps(value: unknown): Generator<undefined, string> {
  if (!hasLongList(value)) return JSON.stringify(value);
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    const text = Array.isArray(member) ? yield* listSteps(member) : JSON.stringify(member);
    // What JSON does not know is left out, as `JSON.stringify` does.
    if (text !== undefined) members.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${members.join(',')}}`;
}

function* listSteps(list: readonly unknown[]): Generator<undefined, string> {
  const parts: string[] = [];
  for (let at = 0; at < list.length; at += elementsPerStep) {
    if (at > 0) yield;
    parts.push(JSON.stringify(list.slice(at, at + elementsPerStep)).slice(1, -1));
  }
  return `[${parts.join(',')}]`;
}

const hasLongList = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.values(value).some((each) => Array.isArray(each) && each.length > elementsPerStep);
