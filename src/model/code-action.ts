/**
 * What tasks do that call code of their authors, or another program over HTTP. Texts in them may be
 * templates; the leader renders them when it assigns.
 */
import type { Json, JsonList, JsonObject } from './json.ts';

/** Any interpreter. Exactly one of `code` (inline) and `file` (a path on the node) is not null. */
export interface ScriptAction {
  readonly kind: 'script';
  /** The program that reads the code, and its own arguments: `['ruby', '-w']`. */
  readonly interpreter: readonly string[];
  readonly code: string | null;
  readonly file: string | null;
  readonly args: readonly string[];
}

/** Exactly one of `code` (inline), `file` (a path on the node) and `callable` is there. */
export interface PythonAction {
  readonly kind: 'python';
  readonly code: string | null;
  readonly file: string | null;
  readonly args: readonly string[];
  readonly callable?: PythonCall;
}

/** A function of a module: what it returns is the output. */
export interface PythonCall {
  /** `package.module:function` */
  readonly name: string;
  readonly args: JsonList;
  readonly kwargs: JsonObject;
}

/** A function in TypeScript or JavaScript. Exactly one of `code` and `file` is not null. */
export interface FunctionAction {
  readonly kind: 'function';
  readonly code: string | null;
  readonly file: string | null;
  /** The name under which the module exports it. */
  readonly export: string;
  /** Its first argument; the second is the context. */
  readonly input: Json;
  /** Its calls may share a process, one at a time, and what the module keeps in memory. */
  readonly reuse?: true;
}

export interface HttpAction {
  readonly kind: 'http';
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Status codes that mean success; empty: 200 to 299. */
  readonly successStatus: readonly number[];
  readonly auth?: HttpAuth;
  /** How many redirects are followed; absent: `httpRedirectsDefault`. */
  readonly redirects?: number;
  /** False: a server does not say when the next attempt is made. */
  readonly retryAfter?: false;
}

/** Becomes a header of the first request, and of redirects to its origin. */
export type HttpAuth =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  /** Of a connection of kind http; to the origin of its `url` alone, where it has one. */
  | { readonly kind: 'connection'; readonly name: string };

export const httpRedirectsDefault = 5;
