/**
 * Reading definitions as a port: what a large file takes (half a second for 10,000 tasks) is too
 * long for whoever hears heartbeats on the same thread, so a node has it done beside itself.
 */
import type { Result } from '../base/result.ts';
import { type CheckedDag, type DagText, readDag } from './dag-file.ts';
import type { Finding } from './source-document.ts';

/** What a server wants of a definition: not the file as it was written. */
export type DagContent = Omit<CheckedDag, 'file'>;

/**
 * As `readDag`, later. A text that could not be read for reasons of the node is one finding of the
 * code `OVERLOADED` or `INTERNAL`.
 */
export type DagReader = (input: DagText) => Promise<Result<DagContent, readonly Finding[]>>;

/** For tools and tests, where nothing else waits. */
export const readInPlace: DagReader = (input) => Promise.resolve(readDag(input));
