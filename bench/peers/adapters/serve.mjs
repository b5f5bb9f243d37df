/**
 * What the adapters share. An adapter speaks to one peer by the peer's own client and runs as a
 * process of its own, as a user's workers do.
 *
 * Adapters are plain JavaScript: the packages of the peers are installed only when somebody asks
 * for them, so their types are not here when types are checked.
 *
 * It is started with its settings as JSON (`packages` is the folder that they were installed to),
 * says `{"ready":true}`, reads `{"id","work"}` a line, and answers each with `{"id","measured"}` or
 * `{"id","failed"}`.
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

/** `connect` gives an object with a function for each kind of work that the peer can do. */
export async function serve(connect) {
  // Clients print what they like; standard output belongs to the answers.
  const say = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  const answer = (message) => say(`${JSON.stringify(message)}\n`);
  const settings = JSON.parse(process.argv[2]);
  const adapter = await connect({ settings, load: await loaderIn(settings.packages) });
  answer({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, work } = JSON.parse(line);
    try {
      answer({ id, measured: await adapter[work.kind](work) });
    } catch (error) {
      answer({ id, failed: error?.stack ?? String(error) });
    }
  }
  // The parent is done, or gone; open connections shall not keep this process.
  process.exit(0);
}

/** Imports as a file in that folder would: the folder has one for the purpose. */
async function loaderIn(folder) {
  if (folder === undefined) return undefined;
  const { load } = await import(pathToFileURL(join(folder, 'load.mjs')).href);
  return load;
}

export const atRate = (count, tookMs) => ({
  perSecond: (count * 1000) / tookMs,
  p50Ms: null,
  p99Ms: null,
});

export const ofTimes = (timesMs) => ({
  perSecond: null,
  p50Ms: percentile(timesMs, 0.5),
  p99Ms: percentile(timesMs, 0.99),
});

function percentile(values, share) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Milliseconds that `act` takes. */
export async function timed(act) {
  const beganMs = performance.now();
  await act();
  return performance.now() - beganMs;
}

/** Calls `act` with 0, 1, 2… up to `count`, `lines` of them under way at any time. */
export async function inLines(lines, count, act) {
  let next = 0;
  const line = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: Math.min(lines, count) }, line));
}

/** Slices of at most `size`, for calls that take many at once. */
export const slices = (items, size) =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, place) =>
    items.slice(place * size, (place + 1) * size),
  );

/** A promise that is kept when `one` has been called `count` times. */
export function countdown(count) {
  const { promise, resolve } = withResolvers();
  let left = count;
  const one = () => {
    left -= 1;
    if (left === 0) resolve();
  };
  return { promise, one };
}

/** `Promise.withResolvers`, which Node 20 lacks. */
export function withResolvers() {
  let resolve;
  let reject;
  const promise = new Promise((keep, fail) => {
    resolve = keep;
    reject = fail;
  });
  return { promise, resolve, reject };
}

/** One after the other; what each gives is a time. */
export async function timesOf(count, act) {
  const timesMs = [];
  for (let place = 0; place < count; place++) timesMs.push(await act(place));
  return ofTimes(timesMs);
}

/** From the first task's start to the last one's, divided by the edges between them. */
export const perEdgeMs = (startsMs) => (startsMs.at(-1) - startsMs[0]) / (startsMs.length - 1);
