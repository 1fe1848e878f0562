/** The resume slot: what an attempt began from, whatever it saves itself; the last whole save for the next one. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openSlot } from './resume.ts';

const state = (text: string): ReadonlyMap<string, Uint8Array> => new Map([['a', Buffer.from(text)]]);
const textOf = (files: ReadonlyMap<string, Uint8Array> | null): string | null =>
  files === null ? null : Buffer.from(files.get('a')!).toString();
const open = (folder: string, seconds = 1): ReturnType<typeof openSlot> => openSlot(folder, () => seconds);

describe('openSlot', () => {
  it('gives nothing to a first attempt, also after its own saves', () => {
    const slot = open(join(temporaryFolder(), 'x'));
    expect(slot.load()).toBeNull();
    slot.save(state('one'));
    expect(slot.load()).toBeNull();
    expect(slot.secondsBefore).toBe(0);
  });

  it('gives the next attempt the last save, at every call, and adds the seconds', () => {
    const folder = temporaryFolder();
    const first = open(folder, 5);
    first.save(state('one'));
    first.save(state('two'));
    const second = open(folder, 7);
    for (const text of ['three', 'four', 'five']) {
      second.save(state(text));
      expect(textOf(second.load())).toBe('two');
    }
    expect(second.secondsBefore).toBe(5);
    const third = open(folder);
    expect(textOf(third.load())).toBe('five');
    expect(third.secondsBefore).toBe(12);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('ignores a save that was not finished', () => {
    const folder = temporaryFolder();
    open(folder).save(state('whole'));
    mkdirSync(join(folder, '2'));
    writeFileSync(join(folder, '2', 'a'), 'ha');
    const next = open(folder);
    expect(textOf(next.load())).toBe('whole');
    next.save(state('later'));
    expect(textOf(open(folder).load())).toBe('later');
  });

  it('asks for a save two seconds after the last one, or after it was opened', () => {
    let seconds = 5;
    const slot = openSlot(temporaryFolder(), () => seconds);
    const dueAt = (time: number): boolean => {
      seconds = time;
      return slot.isDue!();
    };
    expect([5, 6.9, 7].map(dueAt)).toEqual([false, false, true]);
    slot.save(state('one'));
    expect([7, 8.9, 9].map(dueAt)).toEqual([false, false, true]);
  });

  it('says of a large state that five minutes are long enough', () => {
    let seconds = 0;
    const slot = openSlot(temporaryFolder(), () => seconds);
    const overdueAt = (time: number): boolean => {
      seconds = time;
      return slot.isOverdue!();
    };
    expect([299.9, 300].map(overdueAt)).toEqual([false, true]);
    slot.save(state('one'));
    expect([300, 599.9, 600].map(overdueAt)).toEqual([false, false, true]);
  });

  it('says what to do when the state is gone', () => {
    const folder = temporaryFolder();
    open(folder).save(state('whole'));
    rmSync(join(folder, '1'), { recursive: true });
    expect(() => open(folder).load()).toThrow(/cannot be read: ENOENT[^]*delete this folder/);
  });
});
