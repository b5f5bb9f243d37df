/**
 * While a simulation runs, real time and real chance throw: what slips past the ports would make a
 * seed lie.
 */
type Ban = { readonly holder: object; readonly name: string };

const bans: readonly Ban[] = [
  { holder: Date, name: 'now' },
  { holder: Math, name: 'random' },
  { holder: performance, name: 'now' },
  { holder: process, name: 'hrtime' },
  { holder: globalThis, name: 'setTimeout' },
  { holder: globalThis, name: 'setInterval' },
  { holder: globalThis, name: 'setImmediate' },
  { holder: globalThis, name: 'queueMicrotask' },
  { holder: globalThis, name: 'fetch' },
];

/** Runs `work` with the bans in force. Synchronous: nothing else can run meanwhile. */
export function withoutRealWorld<T>(work: () => T): T {
  const before = bans.map(({ holder, name }) => Object.getOwnPropertyDescriptor(holder, name));
  for (const { holder, name } of bans) {
    Object.defineProperty(holder, name, {
      configurable: true,
      writable: true,
      value: refuse(name),
    });
  }
  const RealDate = globalThis.Date;
  globalThis.Date = dateWithoutNow(RealDate);
  try {
    return work();
  } finally {
    globalThis.Date = RealDate;
    for (const [at, { holder, name }] of bans.entries()) {
      const original = before[at];
      if (original === undefined) Reflect.deleteProperty(holder, name);
      else Object.defineProperty(holder, name, original);
    }
  }
}

const refuse = (name: string) => (): never => {
  throw new Error(`${name} was called in the simulation: time and chance come by the ports`);
};

/** `new Date(instant)` is arithmetic; `new Date()` looks at the clock. */
function dateWithoutNow(real: DateConstructor): DateConstructor {
  return new Proxy(real, {
    construct: (target, given: unknown[]) =>
      given.length === 0 ? refuse('new Date()')() : Reflect.construct(target, given),
    apply: () => refuse('Date()')(),
  });
}
