/** The nodes' own rows say where else this page may ask. */
import type { Follower } from './follower.ts';
import { learnNodes } from './nodes.ts';

export function followNodes(follower: Follower): void {
  let seen = -1;
  follower.subscribe(() => {
    const version = follower.rows.version('node');
    if (version === seen) return;
    seen = version;
    const addresses = follower.rows.all('node').map(({ address }) => address);
    learnNodes(addresses.filter((text) => URL.canParse(text)).map((text) => new URL(text).origin));
  });
}
