/**
 * Trace: one call feeds the log line, the metric and the mark that a test claims. The floors below
 * `node` know no logger and no metrics library; they call `trace(level, name, fields)`, and `node`
 * attaches the listeners. An `error` event fails every simulation and integration test.
 */
export type TraceLevel = 'debug' | 'info' | 'warn' | 'error';

/** Values are primitives, so that every listener can print and compare them. No secrets, ever. */
export type TraceFields = Readonly<Record<string, string | number | boolean | null>>;

/** `name` is `room.event`, in lower case, and permanent once a test or a metric uses it. */
export type Trace = (level: TraceLevel, name: string, fields?: TraceFields) => void;

export const silentTrace: Trace = () => {};
