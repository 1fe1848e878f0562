/** Writing: the new file whole, or the old one untouched. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeAtomically } from './fs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fs-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('makes folders, replaces content, and leaves no draft', () => {
  const path = join(folder, 'a/b/record.json');
  writeAtomically(path, 'a longer first version');
  writeAtomically(path, new Uint8Array([111, 107]));
  expect(readFileSync(path, 'utf8')).toBe('ok');
  expect(readdirSync(join(folder, 'a/b'))).toEqual(['record.json']);
});

it('cleans up and rethrows when the file cannot be put in place', () => {
  const path = join(folder, 'taken');
  mkdirSync(join(path, 'inside'), { recursive: true });
  expect(() => {
    writeAtomically(path, 'x');
  }).toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
  expect(readdirSync(folder)).toEqual(['taken']);
});
