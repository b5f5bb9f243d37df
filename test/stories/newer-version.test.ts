/**
 * A node that meets what only a newer version can read stops, says so, and keeps everything: the
 * newer version goes on with the directory as if nothing had happened (P90).
 */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newerThings } from '../upgrade/newer.ts';
import { beginStory, type Story } from './story-cluster.ts';

/** Exit code and code of the reason. */
const endings: Readonly<Record<string, { readonly exit: number; readonly code: string }>> = {
  'an identity': { exit: 71, code: 'OTHER_FORMAT' },
  'a place of the ledger': { exit: 70, code: 'LEDGER_TOO_NEW' },
  'a ledger': { exit: 70, code: 'LEDGER_TOO_NEW' },
  'a mark of the log': { exit: 70, code: 'LOG_TOO_NEW' },
  'a configuration': { exit: 70, code: 'LOG_TOO_NEW' },
  'a record': { exit: 70, code: 'LOG_TOO_NEW' },
};

let story: Story;
const folder = (): string => join(story.folder, 'cluster', 'n1');
const copy = (): string => join(story.folder, 'copy');

beforeAll(async () => {
  // Alone, the node commits whatever its log holds.
  story = await beginStory({ broker: 'embedded', nodes: 1 });
  await story.apply('one', 'id: one\ntasks: { only: { type: noop } }\n');
  await story.run('one');
  await story.cluster.node('n1').child.stop();
  cpSync(folder(), copy(), { recursive: true });
});
afterAll(() => story?.end());

beforeEach(() => {
  rmSync(folder(), { recursive: true });
  cpSync(copy(), folder(), { recursive: true });
});

describe('a directory of a newer version', () => {
  for (const [name, change] of Object.entries(newerThings)) {
    it(`with ${name} of another format is refused and kept`, async () => {
      await change(folder());
      // It stays so, however often it is started.
      for (let start = 1; start <= 2; start++) {
        const { child } = story.cluster.startNode('n1');
        const { code } = await child.exited;
        const words = child.lastWords();
        expect({ exit: code, code: /[A-Z_]{4,}/.exec(words)?.[0] }).toEqual(endings[name]);
        expect(words).toContain('99');
        expect(words).toMatch(/[Ss]tart the version that wrote it/);
      }
      expect(readdirSync(folder()).filter((file) => file.startsWith('set-aside'))).toEqual([]);
    });
  }

  it('is as good as before when nothing of it is newer', async () => {
    story.cluster.startNode('n1');
    await story.cluster.ready();
    expect((await story.run('one')).state).toBe('success');
  });
});
