/** What is swept before a stage is computed: its own leftovers, and nothing of a process beside this one. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openCache } from './cache.ts';

test('a killed process’s drafts of a stage go; a lock that is just being asked for, and other stages’ drafts, stay', () => {
  const root = temporaryFolder();
  const parent = join(root, 'train');
  const names = { own: 'abc.123.draft', lock: 'abc.lock.456.7.draft', other: 'abd.123.draft' };
  mkdirSync(join(parent, names.own), { recursive: true });
  mkdirSync(join(parent, names.other));
  writeFileSync(join(parent, names.lock), '{}');
  openCache(root).sweep({ stage: 'train', key: 'abc' });
  expect(Object.values(names).map((name) => existsSync(join(parent, name)))).toEqual([false, true, true]);
});
