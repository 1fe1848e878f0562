/** What a record says of the code that made it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readOrigin } from './origin.ts';

function checkout(): string {
  const root = temporaryFolder();
  for (const folder of ['src', 'results']) {
    mkdirSync(join(root, folder));
    writeFileSync(join(root, folder, 'file'), 'as committed');
  }
  const who = ['-c', 'user.name=nobody', '-c', 'user.email=nobody@example.org'];
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    [...who, 'commit', '-q', '-m', 'all'],
  ])
    execFileSync('git', ['-C', root, ...args]);
  return root;
}

test('results that were written do not make the code another one; a changed, a new and a missing file of code do', async () => {
  const root = checkout();
  expect(await readOrigin(root)).toMatchObject({ commit: expect.stringMatching(/^[0-9a-f]{40}$/) as string, dirty: false });
  writeFileSync(join(root, 'results/file'), 'written by a run');
  writeFileSync(join(root, 'results/new'), '');
  expect(await readOrigin(root)).toMatchObject({ dirty: false });
  writeFileSync(join(root, 'new'), '');
  expect(await readOrigin(root)).toMatchObject({ dirty: true });
  const other = checkout();
  writeFileSync(join(other, 'src/file'), 'changed');
  expect(await readOrigin(other)).toMatchObject({ dirty: true });
  rmSync(join(other, 'src/file'));
  expect(await readOrigin(other)).toMatchObject({ dirty: true });
});

test('outside a checkout commit and changes are unknown, not clean', async () => {
  expect(await readOrigin(temporaryFolder())).toMatchObject({ commit: null, dirty: null });
});
