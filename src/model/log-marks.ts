/** What stands in a log in the place of bytes that nobody has, for people to read. */
import type { LeftOut } from './protocol.ts';

export const leftOutMark = ({ bytes, limitBytes }: LeftOut): string =>
  `\n[skein: ${bytes} bytes left out here; the limit is ${mebibytes(limitBytes)} MiB a stream]\n`;

/** The node that ran the attempt is gone, and nobody has said that the copy has everything. */
export const cutShortMark = (node: string, copyOn: string): string => {
  const what = `this is the copy on ${copyOn}, and its end may be missing`;
  return `\n[skein: node ${node} cannot be reached; ${what}]\n`;
};

const mebibytes = (bytes: number): string => String(Number((bytes / 2 ** 20).toFixed(2)));
